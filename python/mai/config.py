"""Read a project's settings as the IDE writes them (project.json), and check them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mai.boards import DEFAULT_BOARD, NETWORKS
from mai.class_order import class_order
from mai.errors import MaiError

ProjectType = Literal["IMAGE_CLASSIFICATION", "OBJECT_DETECTION", "VOICE_CLASSIFICATION"]
SaveMethod = Literal["best", "last", "best_one_of_third", "best_one_of_half"]
Metric = Literal["val_accuracy", "val_loss", "mAP"]

PROJECT_TYPES: tuple[ProjectType, ...] = ("IMAGE_CLASSIFICATION", "OBJECT_DETECTION", "VOICE_CLASSIFICATION")
SAVE_METHODS: tuple[SaveMethod, ...] = ("best", "last", "best_one_of_third", "best_one_of_half")
# What both languages read as a number: no underscores (Python's), no hexadecimals (JavaScript's).
DECIMAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
# Half a surrogate pair is in no file name and no UTF-8: the IDE's own encoder writes U+FFFD for it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
DEFAULT_MODEL: dict[ProjectType, str] = {
    "IMAGE_CLASSIFICATION": "resnet18",
    "OBJECT_DETECTION": "slim_yolo_v2",
    "VOICE_CLASSIFICATION": "voice-cnn",
}


@dataclass(frozen=True)
class TrainConfig:
    """How to train. Numbers may arrive as strings; every field has a default."""

    model_type: str
    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 0.001
    train_split: int = 80  # percent of the samples used for training
    metric: Metric = "val_accuracy"
    save_method: SaveMethod = "best"
    object_threshold: float = 0.5
    iou_threshold: float = 0.5
    early_stopping: int = 0  # epochs without improvement before stopping; 0: never
    code: str | None = None  # block-built network; wins over model_type


@dataclass(frozen=True)
class Adjusted:
    """A setting that could not be kept as it was asked for, as people read it."""

    setting: str
    before: str
    after: str


@dataclass(frozen=True)
class Project:
    """What a job needs to know of a project. `labels` are in class order (mai.class_order)."""

    path: Path
    id: str
    name: str
    type: ProjectType
    labels: tuple[str, ...]
    board: str
    train: TrainConfig
    adjusted: tuple[Adjusted, ...] = ()

    @property
    def dataset(self) -> Path:
        return self.path / "dataset"


def read_project(path: Path) -> Project:
    """Read and check `<path>/project.json`. Raises MaiError naming the field and its value."""
    file = path / "project.json"
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MaiError("project_missing") from None
    except OSError as reason:
        # without the path: where it lies on the server is nobody's business
        raise MaiError("project_unreadable", detail=reason.strerror) from None
    except (ValueError, RecursionError) as reason:
        raise MaiError("project_unreadable", detail=str(reason)) from None
    if not isinstance(raw, dict):
        raise MaiError("project_unreadable", detail="it is no JSON object")
    kind = raw.get("projectType")
    if kind not in PROJECT_TYPES:
        raise MaiError(
            "project_type_unknown",
            value=str(kind),
        )
    given = raw.get("currentBoard")
    board = str(given.get("id")) if isinstance(given, dict) and given.get("id") else DEFAULT_BOARD
    config = raw.get("trainConfig")
    train, adjusted = train_config(kind, config if isinstance(config, dict) else {}, board)
    return Project(
        path=path,
        id=str(raw.get("id", path.name)),
        name=str(raw.get("name", path.name)),
        type=kind,
        labels=_labels(raw.get("labels")),
        board=board,
        train=train,
        adjusted=adjusted,
    )


def default_network(kind: ProjectType, board: str) -> str:
    """What is meant where nothing is asked for."""
    return next(iter(NETWORKS.get(board, {}).get(kind, {})), DEFAULT_MODEL[kind])


def train_config(
    kind: ProjectType, raw: dict[str, Any], board: str = DEFAULT_BOARD
) -> tuple[TrainConfig, tuple[Adjusted, ...]]:
    """The IDE's `trainConfig` (names as the IDE spells them), and what had to be changed in it.

    Nothing that a pupil can choose is refused: a number out of its range becomes the nearest that is in it, what is
    no number becomes the default, and an unknown saveMethod is `best`. A learning rate below 1e-7 becomes 0.0001, the
    smallest that the IDE offers: 1e-7 would learn nothing.
    """
    read = _Reader(raw)
    code = raw.get("code")
    config = TrainConfig(
        model_type=str(raw.get("modelType") or "").strip() or default_network(kind, board),
        epochs=int(read.number("epochs", 30, 1, 1000, whole=True)),
        batch_size=int(read.number("batch_size", 32, 1, 1024, whole=True)),
        learning_rate=read.number("learning_rate", 0.001, 1e-7, 1.0, if_less=1e-4),
        train_split=int(read.number("train_split", 80, 1, 99, whole=True)),
        metric=_metric(kind, raw.get("validateMatrix")),
        save_method=read.save_method(),
        object_threshold=read.number("objectThreshold", 0.5, 0.0, 1.0),
        iou_threshold=read.number("iouThreshold", 0.5, 0.0, 1.0),
        early_stopping=int(read.number("earlyStopping", 0, 0, 1000, whole=True)),
        code=code if isinstance(code, str) and code.strip() else None,
    )
    return config, tuple(read.adjusted)


def _labels(raw: Any) -> tuple[str, ...]:
    entries = raw if isinstance(raw, list) else []
    names = [entry.get("label") if isinstance(entry, dict) else entry for entry in entries]
    ordered = class_order(_label_text(name) for name in names if name not in (None, ""))
    return tuple(dict.fromkeys(_LONE_SURROGATE.sub("\ufffd", label) for label in ordered))


def _label_text(name: Any) -> str:
    """A number as the server's JavaScript writes it: 7 and not 7.0."""
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)


class _Reader:
    """Settings one by one, with a note of each that had to be changed."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw
        self.adjusted: list[Adjusted] = []

    def number(
        self, key: str, default: float, low: float, high: float, whole: bool = False, if_less: float | None = None
    ) -> float:
        value = self._raw.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            return default
        number = _number(value)
        kept = default if number is None else min(high, max(low, number))
        if number is not None and number < low and if_less is not None:
            kept = if_less
        if whole:
            kept = math.floor(kept + 0.5)
        if kept != number:
            self._note(key, value, kept)
        return kept

    def save_method(self) -> SaveMethod:
        value = self._raw.get("saveMethod")
        word = value.strip().lower() if isinstance(value, str) else value
        if word in (None, ""):
            return "best"
        if isinstance(word, str) and word in SAVE_METHODS:
            return word
        self._note("saveMethod", value, "best")
        return "best"

    def _note(self, setting: str, before: Any, after: Any) -> None:
        self.adjusted.append(Adjusted(setting, _shown(before), _shown(after)))


def _number(value: Any) -> float | None:
    """None for what is no number; a number too large for a float is infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        return float(value) if DECIMAL.fullmatch(value) else None
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf if value > 0 else -math.inf
    return None if math.isnan(number) else number


def _shown(value: Any) -> str:
    """A value as people and JavaScript write it (test/fixtures/train-config): 1 and not 1.0, true and not True."""
    if isinstance(value, str):
        return value[:40]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return re.sub(r"e-0(\d)$", r"e-\1", json.dumps(value, ensure_ascii=False))[:40]


def _metric(kind: ProjectType, raw: Any) -> Metric:
    """Old projects spell the metric freely (`validation-accuracy`): go by the word in it."""
    word = str(raw or "").lower()
    if "loss" in word:
        return "val_loss"
    return "mAP" if kind == "OBJECT_DETECTION" else "val_accuracy"
