"""A voice project of tones, as the IDE lays it out on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

LABELS = ("high", "low", "noise")
TONES = {"high": (1500.0, 2600.0), "low": (300.0, 420.0)}  # Hz: two notes, one after the other


def make_project(folder: Path, clips: int = 6, seconds: float = 0.5, rate: int = 48_000, **config: Any) -> Path:
    """`clips` clips of each label at different moments and loudness in a little noise."""
    rng = np.random.default_rng(7)
    for label in LABELS:
        for number in range(clips):
            write_clip(folder, label, f"{number:02}", sound_of(label, seconds, rate, rng), rate)
    settings = {"modelType": "voice-cnn", "epochs": 4, "batch_size": 8, "learning_rate": 0.002, "train_split": 67}
    write_settings(folder, {**settings, **config})
    return folder


def write_settings(folder: Path, config: dict[str, Any], labels: tuple[str, ...] = LABELS) -> None:
    project = {
        "id": "tones",
        "name": "tones",
        "projectType": "VOICE_CLASSIFICATION",
        "currentBoard": {"id": "kidbright-mai"},
        "labels": [{"label": label} for label in reversed(labels)],
        "trainConfig": config,
    }
    (folder / "project.json").write_text(json.dumps(project), encoding="utf-8")


def sound_of(label: str, seconds: float, rate: int, rng: np.random.Generator) -> np.ndarray:
    """Floats in −1..1."""
    time = np.arange(int(seconds * rate)) / rate
    sound = rng.normal(0, 0.01, len(time))
    start = rng.uniform(0, seconds / 3)
    for number, pitch in enumerate(TONES.get(label, ())):
        begin = start + number * seconds / 4
        there = (time >= begin) & (time < begin + seconds / 4)
        sound += there * rng.uniform(0.1, 0.4) * np.sin(2 * np.pi * pitch * time)
    return sound


def write_clip(folder: Path, label: str, name: str, sound: np.ndarray, rate: int, **how: Any) -> Path:
    path = folder / "dataset" / "sound" / label / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, **({"subtype": "PCM_16"} | how))
    return path
