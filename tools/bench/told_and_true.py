"""What pupils are told against what is true, on generated projects: the parts of `npm run bench -- truth`.

    told_and_true.py [--part NAME]… [--projects N] [--seed S]

Without --part all of them run, each with its own number of projects.
"""

from __future__ import annotations

import argparse
import sys

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
    for name in args.part or PARTS:
        part = load_part(name)
        for figure in part.run(args.projects or part.PROJECTS, args.seed):
            report(f"truth_{name}_{figure.name}", figure.unit, figure.values, figure.data, **figure.more)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
