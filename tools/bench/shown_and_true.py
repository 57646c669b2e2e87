"""What pupils are shown against what is true, on generated projects: the parts of `npm run bench -- truth`.

    shown_and_true.py [--part NAME]… [--projects N] [--seed S]

Without --part all of them run, each with its own number of projects. Several parts run side by side, a process
with one thread for each core: small networks and heads gain little from a second thread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from common import report
from truth.part import PARTS, load_part


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=PARTS, help="one of the parts; may be given again")
    parser.add_argument("--projects", type=int, help="instead of the part's own number")
    parser.add_argument("--seed", type=int, default=0, help="of the first project; the next ones follow")
    parser.add_argument("--threads", type=int, help="of torch")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    names = args.part or PARTS
    if len(names) > 1:
        sys.exit(side_by_side(names, args))
    for name in names:
        part = load_part(name)
        for figure in part.run(args.projects or part.PROJECTS, args.seed):
            report(f"truth_{name}_{figure.name}", figure.unit, figure.values, figure.data, **figure.more)
            sys.stdout.flush()


def side_by_side(names: Sequence[str], args: argparse.Namespace) -> int:
    """The longest parts first; 1 where one of them failed. Each prints its own lines."""
    given = [f"--seed={args.seed}", "--threads=1", *([f"--projects={args.projects}"] if args.projects else [])]

    def run(name: str) -> int:
        return subprocess.run([sys.executable, __file__, f"--part={name}", *given], check=False).returncode

    longest_first = sorted(names, key=lambda name: load_part(name).CPU_MINUTES, reverse=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return int(any(list(pool.map(run, longest_first))))


if __name__ == "__main__":
    main()
