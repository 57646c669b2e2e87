"""Train a voice classifier on a project folder: `--project DIR`, events on standard output."""

from __future__ import annotations

from collections.abc import Sequence

from mai.cli import main
from mai.train.plan.arguments import parse_plan
from mai.train.voice.train import train_voice


def run(argv: Sequence[str]) -> None:
    train_voice(parse_plan(__doc__ or "", argv))


if __name__ == "__main__":
    main(run)
