"""Train an image classifier on a project folder: `--project DIR`, events on standard output."""

from __future__ import annotations

from collections.abc import Sequence

from mai.cli import main, parse_train_args, train_parser
from mai.train.classification.train import train_classification


def run(argv: Sequence[str]) -> None:
    train_classification(parse_train_args(train_parser(__doc__ or ""), argv))


if __name__ == "__main__":
    main(run)
