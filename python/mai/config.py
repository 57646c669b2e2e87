"""A project's settings as the IDE writes them (project.json), checked where they are read."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

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
class Project:
    """What a job needs to know of a project. `labels` are in class order (mai.class_order)."""

    path: Path
    id: str
    name: str
    type: ProjectType
    labels: tuple[str, ...]
    board: str
    train: TrainConfig

    @property
    def dataset(self) -> Path:
        return self.path / "dataset"


def read_project(path: Path) -> Project:
    """Read and check `<path>/project.json`. Raises MaiError naming the field and its value."""
    file = path / "project.json"
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MaiError("project_missing", f"there is no project.json in {path.name}: send the project again") from None
    except (ValueError, RecursionError, OSError) as reason:
        msg = f"project.json cannot be read ({reason}): send the project again"
        raise MaiError("project_unreadable", msg) from None
    if not isinstance(raw, dict):
        raise MaiError("project_unreadable", "project.json is not a JSON object: send the project again")
    kind = raw.get("projectType")
    if kind not in PROJECT_TYPES:
        raise MaiError(
            "project_type_unknown",
            f"the project type is {kind!r}: it must be one of {', '.join(PROJECT_TYPES)}",
            value=str(kind),
        )
    board = raw.get("currentBoard")
    config = raw.get("trainConfig")
    return Project(
        path=path,
        id=str(raw.get("id", path.name)),
        name=str(raw.get("name", path.name)),
        type=kind,
        labels=_labels(raw.get("labels")),
        board=str(board.get("id")) if isinstance(board, dict) and board.get("id") else "kidbright-mai",
        train=train_config(kind, config if isinstance(config, dict) else {}),
    )


def train_config(kind: ProjectType, raw: dict[str, Any]) -> TrainConfig:
    """Check the IDE's `trainConfig` (names as the IDE spells them) against its limits."""
    code = raw.get("code")
    return TrainConfig(
        model_type=str(raw.get("modelType") or DEFAULT_MODEL[kind]),
        epochs=int(_number(raw, "epochs", 30, 1, 1000, whole=True)),
        batch_size=int(_number(raw, "batch_size", 32, 1, 512, whole=True)),
        learning_rate=_number(raw, "learning_rate", 0.001, 1e-7, 1.0),
        train_split=int(_number(raw, "train_split", 80, 1, 99, whole=True)),
        metric=_metric(kind, raw.get("validateMatrix")),
        save_method=_save_method(raw.get("saveMethod")),
        object_threshold=_number(raw, "objectThreshold", 0.5, 0.0, 1.0),
        iou_threshold=_number(raw, "iouThreshold", 0.5, 0.0, 1.0),
        early_stopping=int(_number(raw, "earlyStopping", 0, 0, 1000, whole=True)),
        code=code if isinstance(code, str) and code.strip() else None,
    )


def _labels(raw: Any) -> tuple[str, ...]:
    entries = raw if isinstance(raw, list) else []
    names = [entry.get("label") if isinstance(entry, dict) else entry for entry in entries]
    ordered = class_order(_label_text(name) for name in names if name not in (None, ""))
    return tuple(dict.fromkeys(_LONE_SURROGATE.sub("\ufffd", label) for label in ordered))


def _label_text(name: Any) -> str:
    """A number as the server's JavaScript writes it: 7 and not 7.0."""
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)


def _number(raw: dict[str, Any], key: str, default: float, low: float, high: float, whole: bool = False) -> float:
    value = raw.get(key, default)
    if value is None or value == "":
        value = default
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    try:
        number = float(value) if is_number or (isinstance(value, str) and DECIMAL.fullmatch(value)) else math.nan
    except OverflowError:  # an integer of hundreds of digits
        number = math.inf
    if not low <= number <= high or (whole and number != int(number)):
        what = "a whole number" if whole else "a number"
        raise MaiError(
            "setting_out_of_range",
            f"{key} is {_shown(value)}: it must be {what} from {_shown(low)} to {_shown(high)}",
            setting=key, value=_shown(value), low=low, high=high,
        )
    return number


def _shown(value: Any) -> str:
    """A value as the server's own check shows it (test/fixtures/train-config): 1 and not 1.0, true and not True."""
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


def _save_method(raw: Any) -> SaveMethod:
    if raw in (None, ""):
        return "best"
    if raw not in SAVE_METHODS:
        raise MaiError(
            "setting_unknown",
            f'saveMethod is "{_shown(raw)}": choose one of {", ".join(SAVE_METHODS)}',
            setting="saveMethod", value=_shown(raw), choices=", ".join(SAVE_METHODS),
        )
    return raw
