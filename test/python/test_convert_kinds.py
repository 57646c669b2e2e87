"""Whole conversions of a detector and of voice projects."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from converted import train
from detection_project import squares_project
from mai import events
from mai.convert.arguments import parse_convert_args
from mai.convert.convert_model import convert_model
from mai.convert.voice_arrays import voice_arrays
from mai.data.audio import read_clip
from mai.data.voice_window import choose_frames, fit
from mai.detect.anchors import ANCHORS
from mai.errors import MaiError
from mai.infer.protocol import Request
from mai.infer.session import Session
from mai.models.registry import build_model, save_model
from mai.voice.features import features, network_input
from mai.voice.runtime import forward, read_npz
from test_convert_networks import MeanOfMap
from torch import nn
from torch.nn import functional as F

pytestmark = pytest.mark.usefixtures("one_thread")


def convert(project: Path, capsys: pytest.CaptureFixture) -> tuple[dict, list[dict]]:
    """The conversion's part of the report, and the events."""
    convert_model(parse_convert_args("", ["--project", str(project), "--threads", "1"]))
    emitted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert emitted[-1]["event"] == "convert_model_end"
    return json.loads((project / "output" / "report.json").read_text())["conversion"], emitted


Detector = tuple[Path, list[str], dict, list[dict]]


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """A converted detector: its project, its photos, the conversion's part of the report, and the events."""
    project = squares_project(tmp_path_factory.mktemp("boxes") / "squares", photos=6)
    photos = [f"dataset/JPEGImages/p{number:02}.jpg" for number in range(6)]
    torch.manual_seed(0)
    network = build_model("OBJECT_DETECTION", "slim_yolo_v2", 2)
    train(MeanOfMap(network), 64, 3)
    network.head.bias.data.view(5, 7)[:, 4] = -1.0  # some boxes to compare
    save_model(
        project / "output" / "model.pth", network.eval(), project_type="OBJECT_DETECTION", name="slim_yolo_v2",
        labels=("blue", "red"), arch={"anchors": [list(pair) for pair in ANCHORS]},
        split={"train": photos[:4], "validation": photos[4:]},
        train_config={"object_threshold": 0.5, "iou_threshold": 0.5}, metrics={},
    )  # fmt: skip
    sent: list[dict] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "emit", lambda event, **fields: sent.append({"event": event, **fields}))
        convert_model(parse_convert_args("", ["--project", str(project), "--threads", "1"]))
    assert sent[-1]["event"] == "convert_model_end"
    return project, photos, json.loads((project / "output" / "report.json").read_text())["conversion"], sent


def test_a_detector_gets_its_threshold(detector: Detector) -> None:
    _, _, report, sent = detector
    assert 0 <= report["threshold"] <= 1 and set(report["objectness"]) == {"float", "board"}
    assert sent[-1]["threshold"] == report["threshold"]


def test_a_detector_is_judged_by_its_boxes(detector: Detector) -> None:
    _, photos, report, _ = detector
    assert report["measure"] == "mAP@0.5" and report["held_back"]["used"] == 2
    assert {"precision", "recall", "ap50", "map_50_95"} == set(report["quality_board"])
    assert report["compared"]["compared"] == 6
    for changed in report["changed"]:
        assert changed["file"] in photos and changed["missing"] + changed["extra"] + changed["moved"] > 0


def test_a_detector_runs_on_the_boards_accelerator(detector: Detector) -> None:
    _, _, report, _ = detector
    assert report["similarity"]["int8"] > 0.97 and report["cpu_layers"] == []
    assert report["frame_rate"]["frames_per_second"] == pytest.approx(16, abs=1)


def test_a_converted_detector_answers_with_boxes(detector: Detector) -> None:
    project, photos, _, _ = detector
    answer = Session()(Request(project / "output", project / photos[0], "detection", 0.01, True))
    assert answer["boxes"] and answer["board"]["boxes"]
    assert 0 <= answer["board"]["boxes"][0]["x1"] <= answer["board"]["boxes"][0]["x2"] <= 160


def write_tone(path: Path, hertz: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    time = np.arange(30_000) / 44_100
    sound = np.sin(2 * np.pi * hertz * rng.uniform(0.95, 1.05) * time) * (np.abs(time - 0.35) < 0.2) * 12_000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes((sound + rng.normal(0, 200, len(time))).astype("<i2").tobytes())


def voice_project(root: Path) -> tuple[Path, dict[str, list[str]]]:
    """Low and high tones, eight clips each."""
    names: dict[str, list[str]] = {"train": [], "validation": []}
    for label, hertz in (("high", 2000.0), ("low", 300.0)):
        folder = root / "dataset" / "sound" / label
        folder.mkdir(parents=True)
        for number in range(8):
            write_tone(folder / f"{number}.wav", hertz, number)
            names["train" if number % 4 else "validation"].append(f"dataset/sound/{label}/{number}.wav")
    (root / "project.json").write_text(json.dumps({
        "id": "v", "projectType": "VOICE_CLASSIFICATION", "labels": [{"label": "high"}, {"label": "low"}],
        "currentBoard": {"id": "kidbright-mai"}, "trainConfig": {},
    }))  # fmt: skip
    return root, names


def train_voice(network: nn.Module, root: Path, names: list[str], frames: int) -> nn.Module:
    clips = np.stack([fit(read_clip(root / name).samples, frames) for name in names])
    x = torch.from_numpy(network_input(features(clips)))
    y = torch.tensor([name.split("/")[2] == "low" for name in names]).long()
    optimiser = torch.optim.Adam(network.parameters(), lr=0.003)
    network.train()
    for _ in range(15):
        optimiser.zero_grad()
        F.cross_entropy(network(x), y).backward()
        optimiser.step()
    return network.eval()


def save_voice(root: Path, network: nn.Module, names: dict[str, list[str]], arch: dict) -> None:
    save_model(
        root / "output" / "model.pth", network, project_type="VOICE_CLASSIFICATION", name="voice-cnn",
        labels=("high", "low"), arch=arch, split=names, train_config={}, metrics={},
    )  # fmt: skip


def test_a_voice_project_gets_the_boards_numpy_file(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    root, names = voice_project(tmp_path / "v")
    arch = {"frames": choose_frames([30_000]), "widths": [16, 16, 32], "embedding": 32}
    torch.manual_seed(0)
    network = build_model("VOICE_CLASSIFICATION", "voice-cnn", 2, **arch)
    train_voice(network, root, names["train"], arch["frames"])
    save_voice(root, network, names, arch)
    report, emitted = convert(root, capsys)
    assert report["agreement"] == 100 and report["accuracy_board"] == report["accuracy_float"] == 100
    arrays, labels = read_npz(root / "output" / "model_cpu.npz")
    assert labels == ["high", "low"] and "features.10.weight" in arrays
    files = {file.name for file in (root / "output").iterdir()}
    assert {"model_cpu.npz", "model.onnx", "model.param", "model.bin", "model.zip"} <= files
    assert report["int8"]["offered"] == ("model_int8.param" in files) and report["int8"]["reason"]
    answer = Session()(Request(root / "output", root / names["validation"][0], "voice", None, True))
    assert answer["prediction"] == answer["board"]["prediction"] == "high"
    assert emitted[0]["stages"] == ["npz", "export", "ncnn", "int8", "evaluate", "package"]


def test_a_block_built_voice_network_with_batch_norm_becomes_the_boards_arrays() -> None:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    inputs = 3
    for width in (4, 6, 8):
        layers += [nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        inputs = width
    network = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8, 5), nn.ReLU(), nn.Dropout(),
                            nn.Linear(5, 2))  # fmt: skip
    x = torch.randn(6, 3, 40, 30)
    network(x)
    with torch.inference_mode():
        expected = network.eval()(x).numpy()
    assert np.abs(forward(voice_arrays(network), x.numpy()) - expected).max() < 1e-4


@pytest.mark.parametrize(("wrong", "found"), [
    (nn.Conv2d(3, 4, 5, padding=2), "Conv2d"), (nn.Conv2d(3, 4, 3), "Conv2d"), (nn.AvgPool2d(2), "AvgPool2d"),
])  # fmt: skip
def test_a_voice_network_that_the_board_lacks_is_refused(wrong: nn.Module, found: str) -> None:
    network = nn.Sequential(wrong, nn.ReLU(), nn.MaxPool2d(2), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    with pytest.raises(MaiError) as caught:
        voice_arrays(network)
    assert caught.value.code == "voice_network_unsupported" and caught.value.params["found"] == found
