"""Measure where the seconds of an instant model go, in this process: features, heads, mirror test, saving.

instant_parts.py PROJECT.zip --data NAME [--repeats 3]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import train_image_classification
from common import median, report, timed_training, unpacked
from watched import watch

PARTS = ("bundled_start", "feature_network", "photo_features", "choose_features", "fit_reading", "save_instant",
         "labels_that_mirror", "load_photos")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    spent = watch(*PARTS, "train_instant")
    whole: list[float] = []
    with unpacked(args.zip, modelType="efficientnet-lite0", epochs=1) as project:
        for _ in range(args.repeats + 1):
            with tempfile.TemporaryDirectory() as folder:
                argv = ["--project", str(project), "--output", f"{folder}/output", "--instant", f"{folder}/instant",
                        "--checkpoints", f"{folder}/checkpoints", "--cache", f"{folder}/cache"]  # fmt: skip
                begun = time.perf_counter()
                run = timed_training(train_image_classification.run, argv, lambda: None, until="epoch_start")
                whole.append(run.event("epoch_start")["at"] - begun)
    rest = [total - instant for total, instant in zip(whole, spent["train_instant"], strict=True)][1:]
    report("train_start_in_child", "s", rest, args.data, goal="median <= 0.5", details={
        "what": "from the job line to the first epoch without the instant model",
    })  # fmt: skip
    parts = {name: round(median(seconds[1:]), 3) for name, seconds in spent.items()}
    report("instant_parts", "s", spent["train_instant"][1:], args.data, details={
        "parts": parts, "to_first_epoch_s": round(median(whole[1:]), 3),
    })  # fmt: skip


if __name__ == "__main__":
    main()
