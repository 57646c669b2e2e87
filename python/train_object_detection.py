"""Train an object detector on a project folder: `--project DIR`, events on standard output."""

from __future__ import annotations

from collections.abc import Sequence

from mai.cli import main, parse_train_args, train_parser
from mai.train.detection.train import train_detection


def run(argv: Sequence[str]) -> None:
    train_detection(parse_train_args(train_parser(__doc__ or ""), argv))


if __name__ == "__main__":
    main(run)
