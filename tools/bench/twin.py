"""Time the board twin, `collect` and the tables in this process, on a converted ResNet-18, without imports.

twin.py OUTPUT_FOLDER PHOTOS_FOLDER --data NAME [--repeats 3]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from common import report, timed
from mai.data.decode import decode_square
from mai.data.preprocess import PREPROCESS
from spnn.calibrate import collect, vendor_table
from spnn.format.model_files import read_model
from spnn.run.board import load_twin
from spnn.run.float import run_float

BATCH = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    inputs = _inputs(args.photos)
    int8 = read_model(args.output / "model_int8.param", args.output / "model_int8.bin")
    optimised = read_model(args.output / "model_opt.param", args.output / "model_opt.bin")

    twin = load_twin(int8)
    twin.run(inputs[:1])
    single = [timed(lambda: twin.run(inputs[:1])) for _ in range(3 * args.repeats)]
    report("twin_one_photo", "s", single, args.data, goal="median <= 0.5")
    batches = [timed(lambda: twin.run(inputs[:BATCH])) / BATCH for _ in range(args.repeats)]
    run_float(optimised, inputs[:BATCH])
    floats = [timed(lambda: run_float(optimised, inputs[:BATCH])) / BATCH for _ in range(args.repeats)]
    report("twin_a_photo_of_eight", "s", batches, args.data, against={"what": "the float network", "values": floats})
    report("load_twin", "s", [timed(lambda: load_twin(int8)) for _ in range(args.repeats)], args.data)

    statistics = collect(optimised, inputs)
    collected = [timed(lambda: collect(optimised, inputs)) for _ in range(args.repeats)]
    tables = [timed(lambda: vendor_table(optimised, statistics)) for _ in range(args.repeats)]
    report("calibrate_collect", "s", collected, args.data)
    report("calibrate_thresholds", "s", tables, args.data)


def _inputs(folder: Path) -> np.ndarray:
    """float32 (photos, 3, 224, 224)"""
    import torch

    squares = [decode_square(path, PREPROCESS.size) for path in sorted(folder.iterdir())]
    return PREPROCESS(torch.from_numpy(np.stack(squares))).contiguous().numpy()


if __name__ == "__main__":
    main()
