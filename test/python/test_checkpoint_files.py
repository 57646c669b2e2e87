"""Checkpoints that are written over one another: what is named stays as it was written."""

import errno
import itertools
import os

import pytest
import torch
from mai.models.tensor_file import read_tensors
from mai.train.engine import checkpoint_files as files

EVENTS = ("save", "save and keep", "start again")


class KilledError(Exception):
    """Stands for the end of the process."""


def kill(*_):
    raise KilledError


def checkpoint(number, size=100):
    return {"number": number, "values": torch.full((size,), float(number))}


def number_in(path):
    found = read_tensors(path)
    assert (found["values"] == found["number"]).all()
    return found["number"]


def save(folder, number, size=100):
    files.name_file(files.write_file(folder, checkpoint(number, size)), files.LAST)


@pytest.fixture(params=[True, False], ids=["links", "no links"])
def links(request, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    if not request.param:
        monkeypatch.setattr(os, "link", refuse)
    return request.param


@pytest.mark.parametrize("order", list(itertools.product(EVENTS, repeat=4)))
def test_what_is_named_is_never_written_over(tmp_path, links, order):
    kept = 0
    files.name_file(files.write_file(tmp_path, checkpoint(0)), files.BEST)
    for number, event in enumerate(order, 1):
        if event == "start again":
            files.remove_stale(tmp_path)
        save(tmp_path, number, size=300 - 20 * number)  # each shorter than the one before
        if event == "save and keep":
            files.keep_last(tmp_path)
            kept = number
        assert (number_in(tmp_path / files.LAST), number_in(tmp_path / files.BEST)) == (number, kept)
        assert len({path.stat().st_ino for path in tmp_path.iterdir()}) <= (3 if links else 2)


def test_a_disk_that_is_full_keeps_what_is_named(tmp_path, links, monkeypatch):
    for number in (1, 2, 3):
        save(tmp_path, number)
    files.keep_last(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_file(tmp_path, checkpoint(4))
    assert (number_in(tmp_path / files.LAST), number_in(tmp_path / files.BEST)) == (3, 3)
    assert {path.name for path in tmp_path.iterdir()} < before if links else before  # the half file is gone


def test_a_kill_between_two_names_leaves_a_free_file(tmp_path, monkeypatch):
    save(tmp_path, 1)
    written = files.write_file(tmp_path, checkpoint(2))
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(os, "replace", kill)
        files.name_file(written, files.LAST)
    assert os.stat(written).st_nlink == 2
    files.remove_stale(tmp_path)
    assert number_in(tmp_path / files.LAST) == 1
    assert files.write_file(tmp_path, checkpoint(3)) == written
