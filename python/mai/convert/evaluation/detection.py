"""Evaluate projects whose answer is boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from mai.convert.evaluation.samples import Comparison, Outputs, Samples
from mai.data.groups import photo_scenes
from mai.data.preprocess import PREPROCESS
from mai.data.voc import AnnotatedPhoto
from mai.detect.compare import changed_photos
from mai.detect.detections import Detections, box_fields
from mai.detect.evaluate import BACKGROUND, DetectionQuality, evaluate_detections
from mai.detect.geometry import iou
from mai.detect.threshold import USUAL_THRESHOLD, choose_threshold, right_boxes
from mai.models.detectors import Detector

LOWEST_SCORE = 0.01  # lower scores are ignored
NO_BOX = 0.05  # if the best box scores less, there is no answer
SAME_IOU = 0.5


class DetectionEvaluation:
    """`photos` by name; `thresholds` of the project decide until `choose_thresholds` has chosen better ones."""

    measure = "mAP@0.5"
    chooses_thresholds = True

    def __init__(
        self,
        photos: Sequence[AnnotatedPhoto],
        labels: Sequence[str],
        detector: Detector,
        score_threshold: float,
        iou_threshold: float,
        scratch: Path,
    ) -> None:
        self._photos = {photo.name: photo for photo in photos}
        self._labels = tuple(labels)
        self._detector = detector
        self._iou_threshold = iou_threshold
        self._scratch = scratch
        self.threshold_float = self.threshold_board = score_threshold

    def label_of(self, name: str) -> object:
        """The label drawn most often on the photo; -1 for background."""
        classes = self._photos[name].classes.tolist() if name in self._photos else []
        return Counter(classes).most_common(1)[0][0] if classes else -1

    def load(self, names: Sequence[str]) -> Samples:
        """Pictures as on the board; truths are boxes in their pixels."""
        pictures = self._detector.load([self._photos[name] for name in names if name in self._photos], self._scratch)
        inputs = PREPROCESS(pictures.pixels).contiguous().numpy()
        names = tuple(photo.name for photo in pictures.photos)
        return Samples(names, np.ascontiguousarray(inputs), pictures.truths, photo_scenes(_middle(pictures.pixels)))

    def agreement(self, reference: Outputs, output: Outputs) -> float:
        """Share of photos whose best box is the same one (same label, IoU of at least 0.5), or none in both."""
        pairs = zip(self._boxes(reference), self._boxes(output), strict=True)
        return float(np.mean([_same_best(first, second) for first, second in pairs]))

    def choose_thresholds(self, samples: Samples, float_output: Outputs, board_output: Outputs) -> None:
        """The score thresholds that separate right boxes from wrong ones best, each stage's own."""
        default = self.threshold_float
        self.threshold_float, self.threshold_board = (
            choose_threshold(self._boxes(output), samples.truths, self._iou_threshold, default).threshold
            for output in (float_output, board_output)
        )

    def compare(self, samples: Samples, float_output: Outputs, board_output: Outputs) -> Comparison:
        """mAP@0.5, precision and recall at each stage's threshold, and the photos whose boxes changed."""
        found = {"float": self._boxes(float_output), "board": self._boxes(board_output)}
        thresholds = {"float": self.threshold_float, "board": self.threshold_board}
        quality = {
            stage: evaluate_detections(
                found[stage], samples.truths, self._labels, thresholds[stage], self._iou_threshold
            )
            for stage in found
        }
        shown = {stage: [each.above(thresholds[stage]) for each in found[stage]] for stage in found}
        changes = changed_photos(shown["float"], shown["board"])
        changed = [
            {
                "file": samples.names[change.index], "missing": change.missing, "extra": change.extra,
                "moved": change.moved,
                **{stage: box_fields(shown[stage][change.index], self._labels) for stage in shown},
            }
            for change in changes
        ]  # fmt: skip
        return Comparison(
            agreement=1 - len(changes) / len(samples),
            accuracy_float=quality["float"].map50,
            accuracy_board=quality["board"].map50,
            changed=changed,
            details={
                "labels": [*self._labels, BACKGROUND],
                "threshold": round(self.threshold_board, 3),
                "threshold_float": round(self.threshold_float, 3),
                "boxes_found": self._right(found["board"], samples, self.threshold_board),
                "boxes_found_at_usual_threshold": self._right(found["board"], samples, USUAL_THRESHOLD),
                "objectness": {stage: _objectness(each) for stage, each in shown.items()},
                **{f"confusion_{stage}": each.confusion for stage, each in quality.items()},
                **{f"quality_{stage}": _quality_fields(each) for stage, each in quality.items()},
            },
            answers={
                name: {stage: {"boxes": box_fields(shown[stage][index], self._labels)} for stage in shown}
                for index, name in enumerate(samples.names)
            },
        )

    def _right(self, found: Sequence[Detections], samples: Samples, threshold: float) -> int:
        return right_boxes(found, samples.truths, threshold, self._iou_threshold)

    def _boxes(self, output: Outputs) -> list[Detections]:
        return self._detector.find(output, len(self._labels), LOWEST_SCORE, self._iou_threshold)


def _middle(pixels: Tensor) -> Tensor:
    """uint8 [N, height, width, 3] → the square in the middle of each: what tells scenes apart looks at squares."""
    height, width = pixels.shape[1:3]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[:, top : top + side, left : left + side].contiguous()


def _same_best(first: Detections, second: Detections) -> bool:
    seen = [len(each) > 0 and float(each.scores[0]) >= NO_BOX for each in (first, second)]
    if not all(seen):
        return not any(seen)
    return first.classes[0] == second.classes[0] and float(iou(first.boxes[:1], second.boxes[:1])[0, 0]) >= SAME_IOU


def _objectness(found: Sequence[Detections]) -> dict[str, float | None]:
    """The median and the least objectness of the boxes shown."""
    values = np.concatenate([each.objectness for each in found] or [np.zeros(0, np.float32)])
    if not len(values):
        return {"median": None, "least": None}
    return {"median": round(float(np.median(values)), 4), "least": round(float(values.min()), 4)}


def _quality_fields(quality: DetectionQuality) -> dict[str, Any]:
    return {
        "precision": round(100 * quality.precision, 2), "recall": round(100 * quality.recall, 2),
        "map_50_95": round(100 * quality.map50_95, 2),
        "ap50": {label: None if value is None else round(100 * value, 2) for label, value in quality.ap50.items()},
    }  # fmt: skip
