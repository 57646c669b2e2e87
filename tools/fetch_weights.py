"""Fetch every published weight file, for hosts that train without a line to the internet: `--weights-dir DIR`.

A file that lies there already, put there by hand, is checked and kept.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

from mai.models.weights import DEFAULT_FOLDER, PUBLISHED, find_weights


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights-dir", type=Path, default=DEFAULT_FOLDER, help="where they go (default: weights/)")
    parser.add_argument("--optional", action="store_true", help="files that cannot be had are a warning, no failure")
    args = parser.parse_args()
    folder: Path = args.weights_dir
    folder.mkdir(parents=True, exist_ok=True)
    status = 0
    for name, published in PUBLISHED.items():
        path, reason = find_weights(name, folder)
        if path is None:
            status = 0 if args.optional else 1
            advice = f"Put {published.file} into {folder} by hand: {published.url}"
            sys.stderr.write(f"Warning: {name}: {reason}. {advice}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
