"""A new folder in the place of an old one: the old or the whole new one, whatever happens, and on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mai import files
from mai.files import new_folder


def old_folder(root: Path) -> Path:
    place = root / "output"
    place.mkdir()
    (place / "model.pth").write_bytes(b"old")
    (place / "model.zip").write_bytes(b"its conversion")
    return place


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("before", [True, False])
def test_the_new_folder_is_all_there_is(tmp_path, before):
    place = old_folder(tmp_path) if before else tmp_path / "project" / "output"
    with new_folder(place) as fresh:
        (fresh / "model.pth").write_bytes(b"new")
        assert place.exists() == before
    assert names(place) == ["model.pth"] and (place / "model.pth").read_bytes() == b"new"
    assert names(place.parent) == ["output"]
    assert place.stat().st_mode & 0o777 == 0o755


def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path):
    place = old_folder(tmp_path)
    with pytest.raises(KeyboardInterrupt), new_folder(place) as fresh:
        (fresh / "model.pth").write_bytes(b"half")
        raise KeyboardInterrupt
    assert names(place) == ["model.pth", "model.zip"] and names(tmp_path) == ["output"]


def test_the_old_folder_comes_back_if_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    place = old_folder(tmp_path)
    rename = Path.rename

    def refuse(path, target):
        if path.name.startswith(".output."):
            raise PermissionError("held open by another program")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError), new_folder(place) as fresh:
        (fresh / "model.pth").write_bytes(b"new")
    assert (place / "model.pth").read_bytes() == b"old" and names(tmp_path) == ["output"]


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot sync a folder")
def test_everything_is_on_the_disk_before_the_name_changes(tmp_path, monkeypatch):
    place = old_folder(tmp_path)
    done = []
    sync, rename = files._sync, Path.rename
    monkeypatch.setattr(files, "_sync", lambda path, flags: (sync(path, flags), done.append(path.name)))
    monkeypatch.setattr(Path, "rename", lambda path, to: (done.append(f"→ {to.name}"), rename(path, to)))
    with new_folder(place) as fresh:
        (fresh / "more").mkdir()
        for name in ("model.pth", "labels.txt", "more/data.bin"):
            (fresh / name).write_bytes(b"new")
    moved = done.index("→ output", done.index("→ output") + 1)  # the old folder's name, kept aside, comes first
    assert set(done[: moved - 1]) == {"model.pth", "labels.txt", "more", "data.bin", fresh.name}
    assert done[moved + 1 :] == [tmp_path.name]
