"""Decide which of a photo's drawn boxes can be learnt, and why the others cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mai.data.boxes import MIN_SIDE, MIN_VISIBLE
from mai.data.findings import Findings
from mai.data.voc_xml import DrawnBox
from mai.detect.anchors import IMAGE_SIZE
from mai.detect.detections import ANY_CLASS
from mai.detect.geometry import area, clip

MOST_BOXES = 100  # per photo
LEAST_PIXELS = 1.0  # of the photo; a box thinner than this is a slip of the mouse
CLAMP_SILENTLY = 1.0  # pixels; tools differ in whether the last pixel's edge is w or w−1


SeenAs = Callable[[tuple[int, int]], tuple[int, int]]
"""Width and height of a photo → a side of what the network sees of it, and the pixels of its picture for that side."""


def seen_as_square(size: tuple[int, int]) -> tuple[int, int]:
    """The square in the middle."""
    return min(size), IMAGE_SIZE


@dataclass(frozen=True)
class CheckedBoxes:
    """`boxes` (k, 4) float32 in pixels of the photo and inside it, `classes` (k,) int64 into the labels.

    `ignored` (m, 4), `ignored_classes` (m,): things that are there but can be neither learnt nor asked for.
    """

    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    ignored: NDArray[np.float32]
    ignored_classes: NDArray[np.int64]


def check_boxes(
    drawn: Sequence[DrawnBox],
    edges: NDArray[np.float32],
    classes: Sequence[int | None],
    size: tuple[int, int],
    name: str,
    findings: Findings,
    seen_as: SeenAs = seen_as_square,
) -> CheckedBoxes:
    """`edges` (k, 4) of the `drawn` boxes in pixels of the upright photo of `size`, corners in any order.

    A class of None is a label that the project does not have. What is not learnt is added to `findings`.
    """
    ordered = np.concatenate([np.minimum(edges[:, :2], edges[:, 2:]), np.maximum(edges[:, :2], edges[:, 2:])], axis=1)
    inside = clip(np.nan_to_num(ordered), *size)
    reasons = [_why_not(box, ordered[row], inside[row], classes[row], seen_as(size)) for row, box in enumerate(drawn)]
    usable = [row for row, reason in enumerate(reasons) if reason is None]
    for row in usable[MOST_BOXES:]:
        reasons[row] = "boxes_too_many"
    for row, reason in enumerate(reasons):
        if reason is not None:
            findings.add(reason, _described(reason, drawn[row], inside[row], seen_as(size), name))
        elif not drawn[row].truncated and (np.abs(inside[row] - ordered[row]) > CLAMP_SILENTLY).any():
            findings.add("boxes_clamped", name)
    learnt = np.array([reason is None for reason in reasons], bool)
    has_place = np.array([reason not in (None, "boxes_dropped", "boxes_outside") for reason in reasons], bool)
    numbers = np.array([ANY_CLASS if index is None else index for index in classes], np.int64)
    return CheckedBoxes(inside[learnt], numbers[learnt], inside[has_place], numbers[has_place])


def _why_not(
    box: DrawnBox, ordered: NDArray[np.float32], inside: NDArray[np.float32], index: int | None, seen: tuple[int, int]
) -> str | None:
    """The code of the notice, or None for a box to learn from."""
    if not np.isfinite(ordered).all() or (ordered[2:] - ordered[:2]).min() < LEAST_PIXELS:
        return "boxes_dropped"
    if (inside[2:] - inside[:2]).min() < LEAST_PIXELS or area(inside) < MIN_VISIBLE * area(ordered):
        return "boxes_outside"
    if index is None:
        return "labels_unknown"
    if box.difficult:
        return "boxes_difficult"
    side, pixels = seen
    if (inside[2:] - inside[:2]).min() * pixels / side < MIN_SIDE:
        return "boxes_too_small"
    return None


def _described(reason: str, box: DrawnBox, inside: NDArray[np.float32], seen: tuple[int, int], name: str) -> str:
    if reason == "labels_unknown":
        return f"{box.label.strip() or '?'} ({name})"
    if reason == "boxes_too_small":
        side, (whole, pixels) = float((inside[2:] - inside[:2]).min()), seen
        return f"{name} ({side:g} of {whole} pixels are {side * pixels / whole:.1f} of {pixels})"
    return name
