"""The new output folder of a conversion: complete, or not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from mai.convert.output_folder import new_output


class TestOutputFolder:
    def model(self, root: Path) -> Path:
        folder = root / "trained"
        folder.mkdir()
        (folder / "model.pth").write_bytes(b"weights")
        (folder / "labels.txt").write_text("a\nb\n")
        (folder / "model_int8.bin").write_bytes(b"old")
        return folder

    def test_takes_the_place_of_the_old_one_complete(self, tmp_path: Path) -> None:
        model = self.model(tmp_path)
        with new_output(model, model) as build:
            (build / "model.onnx").write_bytes(b"onnx")
            assert (model / "model_int8.bin").exists()
        assert sorted(file.name for file in model.iterdir()) == ["labels.txt", "model.onnx", "model.pth"]
        assert sorted(file.name for file in tmp_path.iterdir()) == ["trained"]

    def test_leaves_nothing_after_a_failure(self, tmp_path: Path) -> None:
        model = self.model(tmp_path)
        with pytest.raises(RuntimeError), new_output(tmp_path / "output", model) as build:
            (build / "model.onnx").write_bytes(b"half")
            raise RuntimeError
        assert sorted(file.name for file in tmp_path.iterdir()) == ["trained"]
        assert (model / "model.pth").read_bytes() == b"weights"
