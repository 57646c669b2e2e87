"""Files of tensors: whole or not there, and a full disk is a full disk."""

from __future__ import annotations

import errno
import io

import pytest
import torch
from mai.files import write_atomic
from mai.models import tensor_file
from mai.models.tensor_file import read_tensors, save_tensors

VALUES = {"weight": torch.arange(100_000.0), "labels": ["Cat", "Dog"]}


class FullDisk(io.RawIOBase):
    """Takes `room` bytes and no more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        if len(data) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(data)
        return len(data)


def test_what_was_saved_is_read(tmp_path):
    save_tensors(tmp_path / "a.pt", VALUES)
    read = read_tensors(tmp_path / "a.pt")
    assert torch.equal(read["weight"], VALUES["weight"]) and read["labels"] == VALUES["labels"]


@pytest.mark.parametrize("room", [0, 100, 10_000, 300_000])
def test_a_full_disk_is_no_other_error(tmp_path, monkeypatch, room):
    monkeypatch.setattr(tensor_file, "write_atomic", lambda path, write: write(FullDisk(room)))
    with pytest.raises(OSError) as caught:
        save_tensors(tmp_path / "a.pt", VALUES)
    assert caught.value.errno == errno.ENOSPC


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path):
    save_tensors(tmp_path / "a.pt", VALUES)

    def fail(file):
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError):
        write_atomic(tmp_path / "a.pt", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]
    assert torch.equal(read_tensors(tmp_path / "a.pt")["weight"], VALUES["weight"])
