"""Build networks by name; save and load the model file.

A family is a module with `build(num_classes, **arch)` and a line in `FAMILIES`. Modules are imported
at their first use, so a job loads only its own family.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from mai.errors import MaiError
from mai.models.tensor_file import read_tensors, save_tensors

if TYPE_CHECKING:
    from mai.config import ProjectType

FORMAT = 1
BLOCKS = "blocks"  # built from a program, not by name

# name → (module, keyword arguments that belong to the name)
FAMILIES: dict[ProjectType, dict[str, tuple[str, dict[str, Any]]]] = {
    "IMAGE_CLASSIFICATION": {
        "resnet18": ("mai.models.resnet", {}),
        "mobilenet-100": ("mai.models.mobilenet_v2", {"width": 1.0}),
        "mobilenet-75": ("mai.models.mobilenet_v2", {"width": 0.75}),
        "mobilenet-50": ("mai.models.mobilenet_v2", {"width": 0.5}),
        "mobilenet-25": ("mai.models.mobilenet_v2", {"width": 0.25}),
        "mobilenet-10": ("mai.models.mobilenet_v2", {"width": 0.1}),
        "efficientnet-lite0": ("mai.models.efficientnet_lite", {}),
        "efficientnet-lite0-11": ("mai.models.efficientnet_lite", {"reads": "block11"}),
        "efficientnet-lite0-both": ("mai.models.efficientnet_lite", {"reads": "both"}),
        BLOCKS: ("mai.models.block_net", {}),
    },
    "OBJECT_DETECTION": {
        "slim_yolo_v2": ("mai.models.slim_yolo_v2", {}),
        "efficientnet-lite0-yolo": ("mai.models.lite_yolo", {}),
        "efficientnet-lite0-boxes-n": ("mai.models.lite_boxes", {"size": "n"}),
        "efficientnet-lite0-boxes-s": ("mai.models.lite_boxes", {"size": "s"}),
    },
    "VOICE_CLASSIFICATION": {
        "voice-cnn": ("mai.models.voice_cnn", {}),
        BLOCKS: ("mai.models.block_net", {}),
    },
}


@dataclass(frozen=True)
class LoadedModel:
    """A trained model in eval mode on the CPU, and what is known of it (docs/disk.md § output/)."""

    module: nn.Module
    project_type: ProjectType
    name: str
    arch: dict[str, Any]
    labels: tuple[str, ...]
    split: dict[str, list[str]]
    train_config: dict[str, Any]
    metrics: dict[str, Any]


def check_model(project_type: ProjectType, name: str) -> None:
    """Raise MaiError `model_unknown` naming the choices if there is no such network."""
    families = FAMILIES[project_type]
    if name not in families:
        choices = ", ".join(families)
        raise MaiError("model_unknown", value=name, choices=choices)


def build_model(project_type: ProjectType, name: str, num_classes: int, **arch: Any) -> nn.Module:
    """A network with random weights. `arch` are keyword arguments of its family beyond the name.

    Raises MaiError `model_unknown`.
    """
    check_model(project_type, name)
    module, own = FAMILIES[project_type][name]
    return importlib.import_module(module).build(num_classes, **own, **arch)


def save_model(
    path: Path,
    module: nn.Module,
    *,
    project_type: ProjectType,
    name: str,
    labels: Sequence[str],
    arch: Mapping[str, Any],
    split: Mapping[str, Sequence[str]],
    train_config: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> None:
    """Write `model.pth` atomically. Every value must be a tensor, number, string, list, dict or None."""
    save_tensors(
        path,
        {
            "format": FORMAT,
            "project_type": project_type,
            "model": name,
            "arch": dict(arch),
            "labels": list(labels),
            "state_dict": {key: value.detach().cpu().contiguous() for key, value in module.state_dict().items()},
            "split": {side: list(names) for side, names in split.items()},
            "train_config": dict(train_config),
            "metrics": dict(metrics),
        },
    )


def load_model(path: Path) -> LoadedModel:
    """Read a `model.pth`. Raises MaiError `model_missing`, `model_format`."""
    if not path.is_file():
        raise MaiError("model_missing")
    values = read_tensors(path)
    if values.get("format") != FORMAT:
        raise MaiError(
            "model_format",
            value=str(values.get("format")),
            known=FORMAT,
        )
    module = build_model(values["project_type"], values["model"], len(values["labels"]), **values["arch"])
    module.load_state_dict(values["state_dict"])
    return LoadedModel(
        module=module.eval(),
        project_type=values["project_type"],
        name=values["model"],
        arch=values["arch"],
        labels=tuple(values["labels"]),
        split=values["split"],
        train_config=values["train_config"],
        metrics=values["metrics"],
    )
