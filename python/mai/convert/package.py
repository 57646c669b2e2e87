"""Pack model.zip: the board's files, labels, the report and a README. The same input gives the same bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mai.convert.readme_text import readme

NAME = "model.zip"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # zip's first moment: the time of packing must not change the file


def write_package(build: Path, board_files: Sequence[str], report: dict[str, Any]) -> None:
    """Write `model.zip` into `build` from the files that lie there."""
    with zipfile.ZipFile(build / NAME, "w") as archive:
        _add(archive, "README.txt", readme(board_files, report).encode())
        for name in (*board_files, "labels.txt", "report.json"):
            _add(archive, name, (build / name).read_bytes())


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, LONG_AGO)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    # int8 weights hardly shrink: packing them would cost a second for nothing.
    entry.compress_type = zipfile.ZIP_STORED if name.endswith((".bin", ".npz", ".cvimodel")) else zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
