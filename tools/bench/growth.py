"""Time and memory of every stage of a classification training for more photos and labels.

    growth.py                      100, 1,000 and 5,000 photos of 2, 10 and 50 labels
    growth.py --twenty-thousand    20,000 photos within 4 GB of memory

Every size runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import make_project
from common import report, timed_training

PHOTOS, LABELS = (100, 1000, 5000), (2, 10, 50)
NETWORK = "mobilenet-25"  # small, so that hours of epochs do not hide the stages around them
DISTINCT = 500  # photos drawn; further ones repeat them under another content hash
LIMIT_BYTES = 4 << 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=2, type=int, metavar=("PHOTOS", "LABELS"), help="measure this size here")
    parser.add_argument("--limit", type=int, default=0, help="with --one: bytes of private memory allowed")
    parser.add_argument("--twenty-thousand", action="store_true")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(*args.one, limit=args.limit)))  # noqa: T201 - its output
    elif args.twenty_thousand:
        found = _in_process(20_000, 10, LIMIT_BYTES)
        _report("growth_20000", 20_000, 10, found, {"limit_private_mb": LIMIT_BYTES // 10**6})
    else:
        grow()


def grow() -> None:
    """The table, then the exponent of every stage: time ~ photos^e (10 labels) and ~ labels^e (1,000 photos)."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for photos in PHOTOS:
        for labels in LABELS:
            if photos >= 2 * labels:
                found[photos, labels] = _in_process(photos, labels, 0)
                _report(f"growth_{photos}_{labels}", photos, labels, found[photos, labels], {})
    for stage in found[PHOTOS[-1], 10]["stages"]:
        by_photos = [(n, found[n, 10]["stages"][stage]) for n in PHOTOS]
        by_labels = [(n, found[1000, n]["stages"][stage]) for n in LABELS]
        report(f"exponent_{stage}", "", [exponent(by_photos)], "10 labels, 100 to 5,000 photos",
               details={"by_labels": round(exponent(by_labels), 2)})  # fmt: skip
    memory = [(n, found[n, 10]["peak_mb"] - found[n, 10]["before_mb"]) for n in PHOTOS]
    report("exponent_memory", "", [exponent(memory)], "10 labels, 100 to 5,000 photos, over the imports' memory")


def exponent(points: list[tuple[int, float]]) -> float:
    """Slope of the straight line through log(size), log(value)."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(max(value, 1e-4)) for _, value in points]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    top = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True))
    return top / sum((x - middle_x) ** 2 for x in xs)


def _in_process(photos: int, labels: int, limit: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", str(photos), str(labels), "--limit", str(limit)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _report(name: str, photos: int, labels: int, found: dict[str, Any], more: dict[str, Any]) -> None:
    data = f"{photos} generated photos of 320x240, {labels} labels, {NETWORK} for one epoch"
    report(name, "s", [sum(found["stages"].values())], data, details={**found, **more})


def measure(photos: int, labels: int, limit: int) -> dict[str, Any]:
    """Seconds of each stage and the peak of memory, in this process."""
    import train_image_classification
    from watched import watch

    spent = watch("photo_features", "choose_features", "fit_reading", "labels_that_mirror", "index_photos",
                  "load_photos", "write_results")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, photos, labels)
        if limit:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        before = _memory("VmRSS")
        peak = PeakMemory()
        run = timed_training(train_image_classification.run, ["--project", name], lambda: None)
        anonymous = peak.stop()
    stages = {stage: round(sum(seconds), 3) for stage, seconds in spent.items()}
    stages["epoch"] = round(run.seconds[0], 3)
    return {
        "stages": stages, "before_mb": before, "peak_mb": _memory("VmHWM"), "peak_private_mb": anonymous,
        "instant_accuracy": run.event("instant_model")["accuracy"],
    }  # fmt: skip


def write_project(folder: Path, photos: int, labels: int) -> None:
    """Write the project unpacked, because this benchmark is not about zips."""
    names = [f"label-{number:02}" for number in range(labels)]
    config = {**make_project.TRAIN, "modelType": NETWORK, "epochs": 1}
    project = {"id": folder.name, "name": "growth", "projectType": "IMAGE_CLASSIFICATION", "trainConfig": config,
               "labels": [{"label": name} for name in names], "currentBoard": {"id": "kidbright-mai"}}  # fmt: skip
    (folder / "project.json").write_text(json.dumps(project))
    for name in names:
        (folder / "dataset" / name).mkdir(parents=True)
    drawn = [make_project.photo(number, number % labels, labels)[0] for number in range(min(photos, DISTINCT))]
    for number in range(photos):
        again = str(number).encode() if number >= DISTINCT else b""  # behind the end of the JPEG: another hash
        path = folder / "dataset" / names[number % DISTINCT % labels] / f"{number:06}.jpg"
        path.write_bytes(drawn[number % DISTINCT] + again)


class PeakMemory:
    """The peak of this process's private memory in MB, without pages of mapped files, which can be dropped."""

    def __init__(self) -> None:
        self._peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self._peak = max(self._peak, _memory("RssAnon"))

    def stop(self) -> float:
        self._done.set()
        self._thread.join()
        return self._peak


def _memory(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return round(int(line.split()[1]) * 1024 / 1e6, 1)
    return 0.0


if __name__ == "__main__":
    main()
