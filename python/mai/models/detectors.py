"""What a detector is shown of a photo, and what its output means: one entry for each kind of output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mai.data.decode import decode_square
from mai.data.detection_store import PictureStore, load_squares
from mai.data.detection_whole import board_picture, load_whole, seen_as_whole
from mai.data.frame import frame_size
from mai.data.voc import AnnotatedPhoto
from mai.data.voc_boxes import SeenAs, seen_as_square
from mai.detect import distances
from mai.detect.anchors import IMAGE_SIZE
from mai.detect.decode import decode_boxes
from mai.detect.detections import Detections
from mai.detect.distances import decode_distances
from mai.detect.geometry import Boxes, centre_square, out_of_fitted, out_of_square
from mai.models.weights import WITHOUT_ANCHORS

ToPhoto = Callable[[Boxes], Boxes]  # boxes in the picture → boxes in the photo


@dataclass(frozen=True)
class Detector:
    """`size`: height and width of the picture. `load` decodes many photos, `show` one: uint8 [height, width, 3].

    `seen_as`: by which boxes are too small.

    `find`: output (n, …), number of labels, lowest score, IoU above which the worse of two boxes is dropped → the
    boxes in each picture.
    """

    size: tuple[int, int]
    load: Callable[[Sequence[AnnotatedPhoto], Path], PictureStore]
    show: Callable[[Path], tuple[np.ndarray, ToPhoto]]
    seen_as: SeenAs
    find: Callable[[NDArray[np.float32], int, float, float], list[Detections]]


def detector_of(network: str) -> Detector:
    """Of the network called so."""
    return DISTANCES if network in WITHOUT_ANCHORS else ANCHORS


def _square(path: Path) -> tuple[np.ndarray, ToPhoto]:
    square = centre_square(*frame_size(path))
    return decode_square(path, IMAGE_SIZE), lambda boxes: out_of_square(boxes, square, IMAGE_SIZE)


def _whole(path: Path) -> tuple[np.ndarray, ToPhoto]:
    picture, fitted = board_picture(path)
    return picture, lambda boxes: out_of_fitted(boxes, fitted)


def _by_anchors(output: NDArray[np.float32], _labels: int, threshold: float, iou_threshold: float) -> list[Detections]:
    return decode_boxes(output, threshold=threshold, iou_threshold=iou_threshold)


ANCHORS = Detector((IMAGE_SIZE, IMAGE_SIZE), load_squares, _square, seen_as_square, _by_anchors)
DISTANCES = Detector((distances.HEIGHT, distances.WIDTH), load_whole, _whole, seen_as_whole, decode_distances)
