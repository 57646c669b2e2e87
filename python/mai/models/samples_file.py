"""Read and write samples.json: what a training and a conversion found of each sample, for people (docs/disk.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mai.events import finite
from mai.files import write_atomic

NAME = "samples.json"
FORMAT = 1
Entry = dict[str, Any]
"""`file` as in model.pth's split; `label` (absent: none); `scene`: samples of one number are nearly the same;
`held_back`; `counted`: the label that the confusion matrix counts; `float`, `board`: what a network says, as
`{"label", "prob"}` or `{"boxes": [{"label", "prob", "box": [x1, y1, x2, y2]}]}`."""


def write_samples_file(folder: Path, labels: Sequence[str], samples: Sequence[Entry]) -> None:
    """Replaces an older one as a whole."""
    content = finite({"format": FORMAT, "labels": list(labels), "samples": list(samples)})
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_atomic(folder / NAME, lambda file: file.write(text.encode(errors="replace")))


def add_answers(folder: Path, answers: Mapping[str, Entry]) -> None:
    """Write `folder`/samples.json anew, with `float` and `board` of the samples in `answers`.

    Does nothing for a model of an older server, which has no such file.
    """
    try:
        before = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if before["format"] != FORMAT:
            return
        samples = [{**entry, **answers.get(entry["file"], {})} for entry in before["samples"]]
        labels = before["labels"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    write_samples_file(folder, labels, samples)
