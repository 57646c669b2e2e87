"""The zip of a model and its README in two languages."""

from __future__ import annotations

import io
import string
import zipfile
from pathlib import Path

import pytest
from conversion_report import report
from mai.convert.package import write_package
from mai.convert.readme_sentences import ENGLISH, THAI


@pytest.fixture
def made(tmp_path: Path) -> list[bytes]:
    """The zip of the same model, made twice."""
    for name, content in (("model_int8.param", b"p"), ("model_int8.bin", b"b" * 999), ("labels.txt", b"a\n"),
                          ("report.json", b"{}")):  # fmt: skip
        (tmp_path / name).write_bytes(content)
    zips = []
    for _ in range(2):
        write_package(tmp_path, ("model_int8.param", "model_int8.bin"), report(threshold=0.3))
        zips.append((tmp_path / "model.zip").read_bytes())
    return zips


def test_the_package_holds_what_the_board_needs_and_is_the_same_every_time(made: list[bytes]) -> None:
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "README.txt", "labels.txt", "model_int8.bin", "model_int8.param", "report.json",
        ]  # fmt: skip


def test_its_readme_says_in_both_languages_what_to_expect(made: list[bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        text = archive.read("README.txt").decode()
    assert "0.3" in text and "บอร์ด" in text and "model_int8.bin" in text and "{" not in text
    for line in (
        "on the board: 38 of 40 right; of 100 new photos, as many of each label, expect 83 to 99",
        "the same answer in both: 36 of 41; of 100 new ones expect 76 to 97", "ตอบถูก 38 จาก 40 รูป", "36 จาก 41 รูป",
    ):  # fmt: skip
        assert line in text


def test_both_languages_of_the_readme_have_every_sentence_and_value() -> None:
    def values(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    assert ENGLISH.keys() == THAI.keys()
    for key, sentence in ENGLISH.items():
        assert values(sentence) == values(THAI[key]) - {"thing"} | values(sentence) & {"thing"}, key
