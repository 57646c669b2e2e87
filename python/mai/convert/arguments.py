"""The arguments of a conversion (docs/protocol.md § Between server and child)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Method = Literal["auto", "vendor"]


@dataclass(frozen=True)
class ConvertArgs:
    """`threads` 0: all of the processor. `method`: the best table by measurement, or the vendor's, exactly.

    `shared_cache`: for files of known backbones, which hold nothing of any project; None keeps none.
    `board`: the board to convert for; None: the project's own.
    """

    project: Path
    model: Path
    output: Path
    cache: Path
    device: str
    threads: int
    method: Method
    shared_cache: Path | None = None
    board: str | None = None


def parse_convert_args(description: str, argv: Sequence[str]) -> ConvertArgs:
    """Parse the command line; folders that are not given get their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--project", type=Path, required=True, help="folder with project.json and dataset/")
    parser.add_argument("--model", type=Path, help="a finished training's output (default: PROJECT/output)")
    parser.add_argument("--output", type=Path, help="receives the complete new output (default: MODEL)")
    parser.add_argument("--cache", type=Path, help="folder for what may be deleted (default: PROJECT/cache)")
    parser.add_argument("--device", default="auto", help="checked, and not used: a conversion runs on the CPU")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: all)")
    parser.add_argument("--method", choices=("auto", "vendor"), default="auto", help="how the scales are chosen")
    parser.add_argument("--shared-cache", type=Path, help="folder for the files of known backbones (default: none)")
    parser.add_argument("--board", help="the board to convert for (default: the project's)")
    args = parser.parse_args(argv)
    model = args.model or args.project / "output"
    return ConvertArgs(
        project=args.project, model=model, output=args.output or model, cache=args.cache or args.project / "cache",
        device=args.device, threads=args.threads, method=args.method,
        shared_cache=args.shared_cache, board=args.board,
    )  # fmt: skip
