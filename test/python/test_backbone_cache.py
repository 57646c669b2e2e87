"""The kept files of known backbones: whole or not there, however they are damaged, read and written at once."""

from __future__ import annotations

import errno
import multiprocessing
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from mai.convert.known import backbone_cache
from mai.convert.known.backbone_cache import ENDING, BackboneCache


class TestCache:
    @pytest.mark.parametrize("damage", [
        lambda content: content[: len(content) // 2], lambda content: b"", lambda content: b"noise" * 100,
        lambda content: content.replace(b"weights", b"weight5", 1),
    ])  # fmt: skip
    def test_reads_nothing_from_a_damaged_file_and_replaces_it(
        self, damage: Callable[[bytes], bytes], tmp_path: Path
    ) -> None:
        cache, parts = BackboneCache(tmp_path / "cache"), {"a": b"some weights", "b": b"more"}
        assert cache.read("k") is None
        cache.write("k", parts)
        (file,) = (tmp_path / "cache").iterdir()
        file.write_bytes(damage(file.read_bytes()))
        assert cache.read("k") is None
        cache.write("k", parts)
        assert cache.read("k") == parts and [each.name for each in file.parent.iterdir()] == [file.name]

    def test_reads_nothing_wrong_whichever_byte_is_another(self, tmp_path: Path) -> None:
        cache, parts = BackboneCache(tmp_path), {"a": b"some weights", "b": b"more"}
        cache.write("k", parts)
        (file,) = tmp_path.iterdir()
        whole = file.read_bytes()
        for at in range(len(whole)):
            for byte in (0, 8, 255, whole[at] ^ 1, whole[at] ^ 128):
                file.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
                found = cache.read("k") or {}
                assert len(found) < len(parts) or set(found.values()) == set(parts.values()), (at, byte)

    def test_the_time_is_no_part_of_a_file(self, tmp_path: Path) -> None:
        BackboneCache(tmp_path).write("k", {"a": b"x", "b": b"y"})
        with zipfile.ZipFile(tmp_path / f"k{ENDING}") as archive:
            assert {each.date_time for each in archive.infolist()} == {backbone_cache.LONG_AGO}

    def test_without_room_or_right_nothing_is_kept_and_nothing_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(path: Path, write: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(backbone_cache, "write_atomic", full)
        BackboneCache(tmp_path / "cache").write("k", {"a": b"x"})
        assert BackboneCache(tmp_path / "cache").read("k") is None
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.undo()
        in_the_way = BackboneCache(tmp_path / "file")
        in_the_way.write("k", {"a": b"x"})
        assert in_the_way.read("k") is None

    def test_two_processes_at_once_both_leave_a_whole_file(self, tmp_path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        seen = context.Queue()
        both = [context.Process(target=write_and_read, args=(tmp_path, seen)) for _ in range(2)]
        for process in both:
            process.start()
        broken = [seen.get(timeout=120) for _ in both]
        for process in both:
            process.join(120)
        assert broken == [0, 0]
        assert [path.name for path in tmp_path.iterdir()] == [f"k{ENDING}"]


def write_and_read(folder: Path, seen: multiprocessing.Queue[int]) -> None:
    """Write 20 times and read after each; how often what was read is not whole."""
    cache, parts = BackboneCache(folder), {"a": bytes(2_000_000), "b": b"end"}
    wrong = 0
    for _ in range(20):
        cache.write("k", parts)
        wrong += cache.read("k") != parts
    seen.put(wrong)
