"""Compare a converted model with its float network on many photos: `--project DIR --model DIR`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mai.cli import follow_stdin, main
from mai.convert.compare_more import compare_more


def run(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, required=True, help="folder with project.json and dataset/")
    parser.add_argument("--model", type=Path, required=True, help="a finished conversion's output")
    parser.add_argument("--cache", type=Path, required=True, help="folder for what may be deleted")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--owned", action="store_true", help="end when standard input ends: its owner is gone")
    args = parser.parse_args(argv)
    if args.owned:
        follow_stdin()
    compare_more(args.project, args.model, args.cache, args.threads)


if __name__ == "__main__":
    main(run)
