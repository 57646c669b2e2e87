"""Cross-validate the voice training: every clip of a project is held back once. Prints one JSON line.

    python tools/bench/voice_folds.py PROJECT_DIR [--folds 5] [--seed 0] [--epochs 60]

PROJECT_DIR holds project.json and dataset/ (an unpacked project zip). The settings are the project's own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from mai.config import read_project  # noqa: E402
from mai.data.split import Split  # noqa: E402
from mai.data.voice_clips import index_clips, load_clips  # noqa: E402
from mai.device import choose_device, device_name  # noqa: E402
from mai.models.registry import build_model  # noqa: E402
from mai.train.engine.loop import train  # noqa: E402
from mai.train.engine.precision import precision_of  # noqa: E402
from mai.train.plan.plan import plan_in  # noqa: E402
from mai.train.voice import recipe  # noqa: E402
from mai.train.voice.prepare import KIND, VOICE_CNN, job_of  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):  # the events of each training
        result = measure(args)
    print(json.dumps(result, ensure_ascii=False))  # noqa: T201


def measure(args: argparse.Namespace) -> dict[str, object]:
    project = read_project(args.project)
    # The last epoch, so that the clips held back choose nothing.
    settings = replace(project.train, save_method="last", epochs=args.epochs or project.train.epochs)
    project = replace(project, train=settings)
    precision = precision_of(choose_device("cpu"))
    right, seconds, wrong = 0, [], []
    samples = 0
    for fold in range(args.folds):
        started = time.monotonic()
        clips = load_clips(index_clips(project.dataset, project.labels))
        split = _fold(clips.labels, args.folds, fold, args.seed)
        torch.manual_seed(args.seed)
        model = build_model(KIND, VOICE_CNN, len(project.labels), frames=clips.frames)
        with tempfile.TemporaryDirectory() as folder:
            job, held_back = job_of(plan_in(Path(folder), project, seed=args.seed), clips, split, model, precision)
            train(job)
        job.model.eval()
        with torch.inference_mode(), precision.autocast():
            logits, labels = recipe.predict(job.model, held_back, 64)
        hits = logits.argmax(1) == labels
        right, samples = right + int(hits.sum()), samples + len(hits)
        wrong += [clips.names[split.validation[i]] for i in torch.nonzero(~hits).flatten().tolist()]
        seconds.append(round(time.monotonic() - started, 1))
    revision = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(revision, cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "bench": "voice_folds",
        "accuracy": round(100 * right / samples, 2),
        "right": right,
        "clips": samples,
        "folds": args.folds,
        "seed": args.seed,
        "epochs": settings.epochs,
        "seconds_per_training": seconds,
        "wrong": wrong,
        "device": device_name(precision.device),
        "threads": args.threads,
        "commit": commit.stdout.strip(),
    }


def _fold(labels: np.ndarray, folds: int, fold: int, seed: int) -> Split:
    """Stratified: the clips of each label, shuffled once by the seed, are dealt out in turn."""
    dealt = np.zeros(len(labels), int)
    rng = np.random.default_rng(seed)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        dealt[members] = np.arange(len(members)) % folds
    return Split(tuple(np.flatnonzero(dealt != fold).tolist()), tuple(np.flatnonzero(dealt == fold).tolist()))


if __name__ == "__main__":
    main()
