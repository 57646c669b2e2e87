"""What was trained when classes had another order keeps its own: no name may change its place unnoticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from converted import train
from detection_project import squares_project
from mai import config, events
from mai.config import read_project
from mai.infer.protocol import Request
from mai.infer.session import Session
from mai.models.registry import build_model, load_model, save_model
from mai.train.classification.train import train_classification
from mai.train.detection.train import train_detection
from mai.train.voice.train import train_voice
from photo_project import make_project, photo, plan_of
from voice_project import make_project as make_voice_project

pytestmark = pytest.mark.usefixtures("one_thread")
OLD = ("cat", "cat 2")  # by code points; the board's program has "cat 2" first
EACH = 8  # photos of a label


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose model.pth has the old order, converted today."""
    from convert import run

    root = make_project(tmp_path_factory.mktemp("old"), EACH, OLD)
    assert read_project(root).labels == OLD[::-1]
    names: dict[str, list[str]] = {"train": [], "validation": []}
    for label in OLD:
        for number in range(EACH):
            names["train" if number % 4 else "validation"].append(f"dataset/{label}/{number:02}.png")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = train(build_model("IMAGE_CLASSIFICATION", "mobilenet-10", 2), 128, steps=40)
    (root / "output").mkdir()
    save_model(
        root / "output" / "model.pth", network, project_type="IMAGE_CLASSIFICATION", name="mobilenet-10", labels=OLD,
        arch={}, split=names, train_config={}, metrics={},
    )  # fmt: skip
    run(["--project", str(root), "--output", str(root / "converted"), "--device", "cpu", "--threads", "1"])
    return root


def test_a_conversion_takes_the_order_of_the_model(converted: Path) -> None:
    folder = converted / "converted"
    assert load_model(folder / "model.pth").labels == OLD
    assert (folder / "labels.txt").read_text() == "cat\ncat 2\n"
    report = json.loads((folder / "report.json").read_text())["conversion"]
    assert report["labels"] == list(OLD)
    assert report["accuracy_float"] >= 80 and report["accuracy_board"] >= 80  # swapped names would answer wrongly
    table = report["confusion_board"]
    assert table[0][0] + table[1][1] > table[0][1] + table[1][0]


def test_inference_takes_the_order_of_the_model(converted: Path) -> None:
    right = {"float": 0, "board": 0}
    ask = Session()
    for kind, label in enumerate(OLD):
        for number in range(EACH):
            file = converted / "dataset" / label / f"{number:02}.png"
            answer = ask(Request(converted / "converted", file, "classification", None, True))
            assert list(answer["probs"]) == list(answer["board"]["probs"]) == list(OLD)
            right["float"] += answer["prediction"] == OLD[kind]
            right["board"] += answer["board"]["prediction"] == OLD[kind]
    assert min(right.values()) >= 12  # of 16; swapped names would be wrong as often


def photos(root: Path) -> Path:
    return make_project(root, 4, OLD, epochs=1)


def boxes(root: Path) -> Path:
    return relabelled(squares_project(root, photos=8, epochs=1), {"blue": OLD[0], "red": OLD[1]})


def sounds(root: Path) -> Path:
    project = make_voice_project(root, clips=3, epochs=1)
    (project / "dataset/sound/high").rename(project / "dataset/sound/cat")
    (project / "dataset/sound/low").rename(project / "dataset/sound/cat 2")
    return relabelled(project, {"high": OLD[0], "low": OLD[1]})


def relabelled(project: Path, names: dict[str, str]) -> Path:
    document = json.loads((project / "project.json").read_text())
    document["labels"] = [{"label": names.get(entry["label"], entry["label"])} for entry in document["labels"]]
    (project / "project.json").write_text(json.dumps(document))
    for file in project.glob("dataset/Annotations/*.xml"):
        text = file.read_text()
        for old, new in names.items():
            text = text.replace(f"<name>{old}</name>", f"<name>{new}</name>")
        file.write_text(text)
    return project


@pytest.mark.parametrize(
    ("make", "run"),
    [
        (photos, train_classification),
        (sounds, train_voice),
        pytest.param(boxes, train_detection, marks=pytest.mark.soak),
    ],
)
def test_a_checkpoint_of_another_order_is_not_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path], run: Callable[[Any], None]
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: sent.append({"event": event, **fields}))
    project = make(tmp_path / "p")
    with monkeypatch.context() as before:
        before.setattr(config, "class_order", sorted)
        run(plan_of(project))
    assert load_model(project / "output/model.pth").labels[:2] == OLD
    sent.clear()
    run(plan_of(project, resume=True))
    assert "checkpoint_of_other_settings" in [event.get("code") for event in sent]
    assert [event["epoch"] for event in sent if event["event"] == "epoch_end"] == [1]
    assert load_model(project / "output/model.pth").labels[:2] == OLD[::-1]


def test_odd_labels_are_learnt_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = ('"', "1/2", "1", "__proto__", "null", "two\nlines", "🐱")
    project = make_project(tmp_path, 3, tuple(label for label in labels if label != "1"), epochs=1)
    for number in range(3):  # beside the folder "2" of the label "1/2"
        photo(0, number).save(project / "dataset/1" / f"{number}.png")
    document = json.loads((project / "project.json").read_text())
    (project / "project.json").write_text(json.dumps(document | {"labels": list(labels)}))
    train_classification(plan_of(project))
    order = read_project(project).labels
    sent = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {e["code"] for e in sent if e["event"] == "notice"} >= {"label_breaks_program", "label_folder_shared"}
    (end,) = [e for e in sent if e["event"] == "train_end"]
    assert list(end["per_label"]) == list(order) and set(order) == set(labels)
    report = json.loads((project / "output/report.json").read_text())["training"]
    assert report["labels"] == list(order) == list(report["samples_per_label"])
    assert {sum(counts.values()) for counts in report["samples_per_label"].values()} == {3}
    lines = (project / "output/labels.txt").read_text().split("\n")
    assert lines[:-1] == [label.replace("\n", " ") for label in order]
