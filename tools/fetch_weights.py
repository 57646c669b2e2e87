"""Fetch every published weight file, for hosts that train without a line to the internet: `--weights-dir DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

from mai.models.weights import DEFAULT_FOLDER, PUBLISHED, find_weights


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights-dir", type=Path, default=DEFAULT_FOLDER, help="where they go (default: weights/)")
    folder: Path = parser.parse_args().weights_dir
    folder.mkdir(parents=True, exist_ok=True)
    status = 0
    for name, published in PUBLISHED.items():
        path, reason = find_weights(name, folder)
        if path is None:
            status = 1
            sys.stderr.write(f"{name}: {reason}. Put {published.file} into {folder} by hand: {published.url}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
