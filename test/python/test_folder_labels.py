"""The label of a sample, from the folder in which it lies."""

from __future__ import annotations

from pathlib import Path

from mai.convert.evaluation.folder_labels import UNKNOWN, FolderLabels
from mai.data.stored_name import stored_name


def test_labels_are_found_by_their_folder(tmp_path: Path) -> None:
    long = stored_name("แมว" * 60)
    for name in ("Cat/1.jpg", "Dog/1.jpg", "1/1.jpg", "1/2/1.jpg", f"sound/{long}/1.wav"):
        (tmp_path / "dataset" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "dataset" / name).write_bytes(b"x")
    labels = FolderLabels(tmp_path, "dataset", ["Cat", "1/2", "1"])
    names = ("Cat/1.jpg", "1/2/1.jpg", "1/1.jpg", "Dog/1.jpg", "Cat/gone.jpg")
    assert [labels(f"dataset/{name}") for name in names] == [0, 1, 2, UNKNOWN, UNKNOWN]
    assert FolderLabels(tmp_path, "dataset/sound", ["แมว" * 60])(f"dataset/sound/{long}/1.wav") == 0
    assert FolderLabels(tmp_path / "gone", "dataset", ["a"])("dataset/a/1.jpg") == UNKNOWN
