"""Projects of ../shared/cases, unpacked; a test that needs one says so where they are not there."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"


def unpack(name: str, folder: Path) -> Path:
    """The project of a case, by the beginning of its name."""
    found = sorted(CASES.glob(f"{name}*.zip"))
    if not found:
        pytest.skip(f"{CASES} has no case {name}")
    with zipfile.ZipFile(found[0]) as archive:
        archive.extractall(folder)
    return folder
