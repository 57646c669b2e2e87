"""What is odd in the photos of a training, as data for report.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mai.data.few_scenes import scene_findings
from mai.data.hard_to_see import hard_to_see
from mai.data.photo_checks import in_two_labels
from mai.train.classification.photos import Photos

NAMED = 100  # files of a finding; the count includes the rest
LEFT_OUT = ("photos_unreadable", "photos_heic", "photos_too_large", "photos_black")
PREFIX = "photos_"

Finding = dict[str, Any]


def findings_of(photos: Photos, labels: Sequence[str], suspects: Iterable[Mapping[str, str]]) -> list[Finding]:
    """Each has `code`, `count`, `files` and, for what is true of labels, `labels` and `scenes`.

    `suspects` as in the report of the instant model: `file` and `suggestion`.
    """
    store, names = photos.store, photos.names
    dark, blurred = hard_to_see(store.pixels)
    found = [
        _finding("mislabelled", [{"file": one["file"], "suggestion": one["suggestion"]} for one in suspects]),
        _finding("two_labels", [{"file": names[row], "pair": names[other]} for other, row in in_two_labels(store)]),
        *(
            _finding(code.removeprefix(PREFIX), [{"file": name} for name, own in store.left_out if own == code])
            for code in LEFT_OUT
        ),
        _finding("dark", [{"file": names[row]} for row in dark]),
        _finding("blurred", [{"file": names[row]} for row in blurred]),
    ]
    scenes = scene_findings(photos.groups, store.labels.tolist(), labels, photos.split)
    return [one for one in found if one["count"]] + scenes


def _finding(code: str, files: list[dict[str, str]]) -> Finding:
    return {"code": code, "count": len(files), "files": files[:NAMED]}
