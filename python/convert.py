"""Convert a trained model for its board: `--project DIR --model DIR --output DIR`, events on standard output."""

from __future__ import annotations

from collections.abc import Sequence

from mai.cli import main
from mai.convert.arguments import parse_convert_args
from mai.convert.convert_model import convert_model


def run(argv: Sequence[str]) -> None:
    convert_model(parse_convert_args(__doc__ or "", argv))


if __name__ == "__main__":
    main(run)
