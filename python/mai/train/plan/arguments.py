"""The arguments of every training entry (docs/protocol.md)."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from mai.train.plan.plan import Plan, plan_for


def parse_plan(description: str, argv: Sequence[str]) -> Plan:
    """Parse, and read the project. Raises MaiError naming what is wrong in its project.json."""
    started = time.monotonic()
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--project", type=Path, required=True, help="folder with project.json and dataset/")
    parser.add_argument("--output", type=Path, help="where the model goes (default: PROJECT/output)")
    parser.add_argument("--checkpoints", type=Path, help="default: PROJECT/checkpoints")
    parser.add_argument("--cache", type=Path, help="image features by content hash (default: PROJECT/cache)")
    parser.add_argument("--instant", type=Path, help="where the quick first model goes (default: PROJECT/instant)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: all)")
    parser.add_argument(
        "--share-cores",
        action="store_true",
        help="sounds: go on with one thread where other programs use the processor",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint if there is one")
    parser.add_argument(
        "--answered", action="store_true", help="the first answer was sent before; it is in --checkpoints"
    )
    parser.add_argument("--logged-epoch", type=int, help="with --resume: epochs after this one are sent again")
    parser.add_argument("--weights-dir", type=Path, help="folder of pretrained weight files")
    parser.add_argument("--missing-weights", choices=("substitute", "random", "fail"), default="substitute")
    given = {name: value for name, value in vars(parser.parse_args(argv)).items() if value is not None}
    return plan_for(given.pop("project"), started=started, **given)
