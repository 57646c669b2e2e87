"""Train a voice classifier on a project folder: `--project DIR`, events on standard output."""

from __future__ import annotations

from collections.abc import Sequence

from mai.cli import main, parse_train_args, train_parser
from mai.train.voice.train import train_voice


def run(argv: Sequence[str]) -> None:
    train_voice(parse_train_args(train_parser(__doc__ or ""), argv))


if __name__ == "__main__":
    main(run)
