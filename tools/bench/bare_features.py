"""How long the network alone takes for the photos of a class: by torch, and as the server computes their features.

bare_features.py PROJECT.zip --pupils 40
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from common import report, unpacked
from mai.config import read_project
from mai.data.images import index_photos
from mai.data.preprocess import PREPROCESS
from mai.data.store import load_photos
from mai.models.weights import bundled_start
from mai.train.engine.precision import precision_of
from mai.train.features.fast_features import features_of
from mai.train.features.photo_features import compute_features, feature_network

MEASURED = 4  # times the photos of one pupil; the rest takes as long


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--pupils", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    device = torch.device(args.device)
    precision = precision_of(device)
    network = feature_network(bundled_start(), device)
    with unpacked(args.zip) as root:
        project = read_project(root)
        pixels = load_photos(index_photos(project.dataset, project.labels), PREPROCESS.size, root / "cache").pixels
    rows = torch.arange(len(pixels))
    compute = features_of(network, precision)
    ways = {"torch": network.features, "server": compute}
    for name, way in ways.items():
        seconds = 0.0
        for turn in range(MEASURED + 1):
            begun = time.perf_counter()
            compute_features(network, pixels, rows, precision, way)
            seconds += (time.perf_counter() - begun) * (turn > 0)
        report(name, "s", [seconds * args.pupils / MEASURED], f"{len(pixels)} photos for each of {args.pupils}")


if __name__ == "__main__":
    main()
