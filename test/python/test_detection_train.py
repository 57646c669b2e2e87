"""The training entry on a tiny data set: events, files, seed, resume, and an answer in the photo's pixels."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from detection_project import add_photo, list_ids, squares_project, write_project
from mai.config import read_project
from mai.data.detection_batch import augmented_batches
from mai.data.detection_store import load_frames, load_squares
from mai.data.preprocess import PREPROCESS
from mai.data.voc import index_voc
from mai.detect.predict import boxes_as_json
from mai.models.detectors import detector_of
from mai.models.registry import build_model, load_model
from mai.models.tensor_file import read_tensors
from mai.train.detection import recipe
from mai.train.detection.kinds import WITH_ANCHORS
from mai.train.detection.prepare import Prepared
from mai.train.detection.result import write_results
from mai.train.engine.precision import precision_of
from mai.train.engine.training import Outcome, even_batches
from mai.train.plan.plan import plan_in

PYTHON = Path(__file__).resolve().parents[2] / "python"


def command(project, output, *args):
    folders = ["--project", project, "--output", project / output, "--checkpoints", project / f"{output}.checkpoints"]
    return [sys.executable, "train_object_detection.py", *map(str, folders), "--device", "cpu", "--threads", "1", *args]


def run(project, *args, output="output"):
    """(exit code, events) of the entry in a process of its own."""
    done = subprocess.run(
        command(project, output, *args), cwd=PYTHON, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def named(sent, event):
    return [each for each in sent if each["event"] == event]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    project = squares_project(tmp_path_factory.mktemp("detect") / "squares", epochs=2, batch_size=6)
    code, sent = run(project)
    assert code == 0, sent[-1]
    return project, sent


def test_the_events_come_in_order(trained):
    _, sent = trained
    order = [each["event"] for each in sent if each["event"] not in ("heartbeat", "batch_start", "batch_end")]
    assert order == ["dataset_loading", "model_building", "train_start", *["epoch_start", "epoch_end"] * 2, "train_end"]
    matric = named(sent, "epoch_end")[0]["matric"]
    assert {"train_loss", "loss_box", "loss_obj", "loss_class", "val_loss", "val_acc", "mAP"} == set(matric)
    assert matric["val_acc"] == matric["mAP"]
    end = sent[-1]
    assert end["metric"] == "mAP" and set(end["per_label"]) == {"blue", "red"} and len(end["confusion"]) == 3
    assert {"mAP", "precision", "recall", "threshold"} <= set(end)


@pytest.mark.soak
def test_the_loss_falls(tmp_path):
    """On 32 generated photos, small, so that it takes seconds."""
    samples = index_voc(squares_project(tmp_path / "p", photos=32) / "dataset", ("blue", "red"))
    store = load_frames(samples, tmp_path)
    torch.manual_seed(0)
    model = build_model("OBJECT_DETECTION", "slim_yolo_v2", 2).to(memory_format=torch.channels_last)
    optimizer = recipe.optimizer_of(model, 0.001)
    losses = []
    for epoch in range(6):
        rng = torch.Generator().manual_seed(epoch)
        order = even_batches(len(store), 8, rng)
        for batch in augmented_batches(store, order, 64, recipe.AUGMENT, torch.device("cpu"), rng):
            with precision_of(torch.device("cpu")).autocast():
                parts = recipe.losses_of(WITH_ANCHORS, model, batch)
            optimizer.zero_grad()
            parts["train_loss"].backward()
            optimizer.step()
            losses.append(parts["train_loss"].item())
    assert sum(losses[-8:]) < 0.85 * sum(losses[:8])


def test_the_output_folder_is_what_conversion_and_inference_need(trained):
    project, sent = trained
    loaded = load_model(project / "output/model.pth")
    report = json.loads((project / "output/report.json").read_text())["training"]
    assert (project / "output/labels.txt").read_text() == "blue\nred\n"
    assert (loaded.project_type, loaded.name, loaded.labels) == ("OBJECT_DETECTION", "slim_yolo_v2", ("blue", "red"))
    assert loaded.module(torch.zeros(1, 3, 224, 224)).shape == (1, 35, 7, 7)
    assert report["mAP"] == sent[-1]["value"] and report["confusion"] == sent[-1]["confusion"]
    assert len(report["curves"]) == 2 and "background" in report["confusion_labels"]


def test_every_photo_of_the_split_is_there_and_in_samples_json(trained):
    project, _ = trained
    loaded = load_model(project / "output/model.pth")
    assert len(loaded.split["train"]) == 12 and len(loaded.split["validation"]) == 4
    assert all((project / name).is_file() for side in loaded.split.values() for name in side)
    samples = json.loads((project / "output/samples.json").read_text())["samples"]
    held_back = [one for one in samples if one["held_back"]]
    assert sorted(one["file"] for one in samples) == sorted([*loaded.split["train"], *loaded.split["validation"]])
    assert sorted(one["file"] for one in held_back) == sorted(loaded.split["validation"])
    assert {one["label"] for one in samples} == {"blue", "red"} and all("boxes" in one["float"] for one in held_back)


def test_boxes_are_in_the_pixels_of_the_photo_sent(trained, tmp_path):
    """On a wide photo the centre square lies 240 pixels in: so do the boxes of the same content."""
    loaded = load_model(trained[0] / "output/model.pth")
    write_project(tmp_path / "p")
    add_photo(tmp_path / "p", "wide", [("red", 340, 100, 440, 200)], size=(800, 320))
    photo = tmp_path / "p/dataset/JPEGImages/wide.jpg"
    with torch.inference_mode():
        pixels, to_photo = detector_of(loaded.name).show(photo)
        output = loaded.module(PREPROCESS(torch.from_numpy(pixels.copy())[None])).numpy()
    (found,) = detector_of(loaded.name).find(output, 2, 0.0, 0.5)
    boxes = boxes_as_json(replace(found, boxes=to_photo(found.boxes)), loaded.labels)
    assert boxes and set(boxes[0]) == {"x1", "y1", "x2", "y2", "prob", "label"}
    assert all(240 <= box["x1"] <= box["x2"] <= 560 and 0 <= box["y1"] <= box["y2"] <= 320 for box in boxes)
    assert [box["prob"] for box in boxes] == sorted((box["prob"] for box in boxes), reverse=True)


@pytest.mark.soak
def test_a_training_that_was_killed_and_resumed_ends_like_one_that_was_not(trained):
    """Killed after the first of two epochs: the same weights, bit for bit; so the same seed gives the same numbers."""
    project, sent = trained
    process = subprocess.Popen(command(project, "killed"), cwd=PYTHON, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if '"epoch_end"' in line and json.loads(line)["epoch"] == 1:
            break
    process.kill()
    process.wait(timeout=30)
    process.stdout.close()
    code, rest = run(project, "--resume", output="killed")
    assert code == 0
    assert [each["epoch"] for each in named(rest, "epoch_end")] == [2]
    assert named(rest, "epoch_end")[0]["matric"] == named(sent, "epoch_end")[-1]["matric"]
    whole, resumed = (read_tensors(project / folder / "model.pth")["state_dict"] for folder in ("output", "killed"))
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_photos_of_any_shape_and_the_ides_lists(tmp_path):
    project = write_project(tmp_path / "shapes", epochs=1)
    for number, size in enumerate([(320, 200), (200, 320), (90, 90), (500, 400), (224, 224), (160, 600)]):
        middle = (size[0] // 2 - 30, size[1] // 2 - 30, size[0] // 2 + 30, size[1] // 2 + 30)
        add_photo(project, f"s{number}", [(("blue", "red")[number % 2], *middle)], size=size)
    add_photo(project, "empty", [])
    list_ids(project, "train", ["s0", "s1", "s2", "s3", "empty"])
    list_ids(project, "val", ["s4", "s5"])
    code, sent = run(project)
    assert code == 0, sent[-1]
    assert [each["code"] for each in named(sent, "notice")] == ["photos_without_boxes", "batch_larger_than_data"]
    start = named(sent, "train_start")[0]
    assert (start["train_samples"], start["val_samples"]) == (5, 2)


def test_boxes_outside_the_centre_square_are_no_check(tmp_path):
    project = write_project(tmp_path / "edge", epochs=1)
    for number in range(4):
        add_photo(project, f"e{number}", [("red", 2, 20, 60, 80)], size=(600, 100))
    code, sent = run(project)
    assert code == 1 and sent[-1]["event"] == "error" and sent[-1]["code"] == "too_few_boxes"


@pytest.mark.parametrize(("settings", "code"), [
    ({"modelType": "yolo11n"}, "detector_substituted"),
    ({"modelType": "Yolo11s"}, "detector_substituted"),
    ({"modelType": "resnet18"}, "setting_adjusted"),
    ({"code": "model = Sequential()"}, "blocks_without_boxes"),
])  # fmt: skip
def test_networks_that_are_not_there_are_replaced_and_said_so(tmp_path, settings, code, monkeypatch):
    from mai import events
    from mai.train.detection.networks import network_of

    sent = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: sent.append(fields["code"]))
    assert network_of(read_project(write_project(tmp_path / "p", **settings))) == "slim_yolo_v2"
    assert sent == [code]


def test_pictures_grow_to_the_boards_size_however_short_the_training():
    assert [recipe.picture_size(epoch, 8) for epoch in range(1, 9)] == [128] * 2 + [160] * 4 + [224] * 2
    assert [recipe.picture_size(1, 1), recipe.picture_size(1, 2), recipe.picture_size(2, 2)] == [224, 160, 224]


def test_few_photos_are_cut_into_smaller_steps():
    assert [recipe.step_size(32, photos) for photos in (12, 100, 1000)] == [8, 12, 16]
    assert recipe.step_size(4, 1000) == 4


def test_the_network_is_built_of_what_the_boards_processor_runs():
    from torch import nn

    model = build_model("OBJECT_DETECTION", "slim_yolo_v2", 3)
    kinds = {type(module) for module in model.modules() if not list(module.children())}
    assert kinds == {nn.Conv2d, nn.BatchNorm2d, nn.ReLU}
    convolutions = [module for module in model.modules() if isinstance(module, nn.Conv2d)]
    assert [conv.out_channels for conv in convolutions] == [
        32, 32, 64, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 40,
    ]  # fmt: skip
    assert [conv.stride[0] for conv in convolutions[:10]] == [1, 2] * 5
    assert all(conv.groups == 1 for conv in convolutions) and convolutions[-1].kernel_size == (1, 1)


@pytest.mark.parametrize(("found", "epochs", "said"), [(0.0, 3, True), (0.0, 2, False), (0.4, 3, False)])
def test_a_training_that_finds_nothing_says_so(monkeypatch, found, epochs, said):
    from mai import events
    from mai.train.detection.result import _notify_nothing_found

    codes = []
    monkeypatch.setattr(events, "notice", lambda code, **params: codes.append((code, params)))
    _notify_nothing_found(found, epochs, 2)
    assert codes == ([("nothing_found", {"count": 2})] if said else [])


def test_the_end_of_a_training_that_found_nothing_comes_with_advice(tmp_path, capsys):
    """As learning_rate 1.0 leaves a network: it is there, and shows nothing."""
    project = read_project(squares_project(tmp_path / "p", photos=4))
    samples = index_voc(project.dataset, project.labels)
    frames, squares = load_frames(samples[:2], tmp_path), load_squares(samples[2:], tmp_path)
    model = build_model("OBJECT_DETECTION", "slim_yolo_v2", 2)
    with torch.no_grad():
        list(model.parameters())[-1].fill_(-20)  # of the last layer's bias: nothing is worth a box
    job = SimpleNamespace(model=model, precision=precision_of(torch.device("cpu")))
    outcome = Outcome(3, 0.0, [{"epoch": epoch} for epoch in (1, 2, 3)], 2, 1.0)
    mirrored = {"blue": True, "red": False}
    one_scene = dict.fromkeys([photo.name for photo in samples], 0)
    mirror = SimpleNamespace(per_label=lambda: mirrored)
    prepared = Prepared(job, "slim_yolo_v2", "random", {}, frames, squares, mirror, {}, one_scene)
    write_results(plan_in(tmp_path, project), prepared, outcome)
    sent = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each.get("code") for each in sent] == ["nothing_found", None] and sent[1]["event"] == "train_end"
    report = json.loads((tmp_path / "output/report.json").read_text())["training"]
    assert report["mirrored"] == mirrored and report["mAP"] == 0
    found = [sent[1][key] for key in ("photos_right", "photos_checked", "expect_least", "expect_most")]
    assert found == [0, 2, 0, 97]  # one scene says little


@pytest.mark.soak
def test_a_learning_rate_of_one_finds_nothing_and_says_so(tmp_path):
    code, sent = run(squares_project(tmp_path / "p", photos=8, epochs=3, learning_rate=1.0))
    assert code == 0 and "nothing_found" in [each["code"] for each in named(sent, "notice")]
