"""The whole training of an image classifier: events, files, resume, and what stops it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mai import events
from mai.cli import run_entry
from mai.errors import MaiError
from mai.models.registry import load_model
from mai.train.classification.photos import read_photos
from mai.train.classification.train import train_classification
from mai.train.results.answer_metrics import confusion_matrix, per_label_accuracy
from photo_project import events_of, make_project, plan_of

pytestmark = pytest.mark.usefixtures("one_thread")
ENTRY = Path(__file__).resolve().parents[2] / "python/train_image_classification.py"


def of(emitted, name):
    return [event for event in emitted if event["event"] == name]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project that was trained, with a broken photo in it; its events."""
    root = make_project(tmp_path_factory.mktemp("discs"))
    (root / "dataset/red/broken.png").write_bytes(b"no picture")
    sent = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "emit", lambda event, **fields: sent.append({"event": event, **fields}))
        train_classification(plan_of(root))
    return root, sent


def report_of(root):
    return json.loads((root / "output/report.json").read_text())["training"]


def test_the_events_of_a_training(trained):
    _, emitted = trained
    order = [e["event"] for e in emitted if e["event"] not in ("batch_start", "batch_end", "notice")]
    assert order == [
        "dataset_loading",
        "instant_model",
        "model_building",
        "train_start",
        "epoch_start",
        "epoch_end",
        "epoch_start",
        "epoch_end",
        "train_end",
    ]
    assert [e["code"] for e in of(emitted, "notice")] == ["photos_unreadable", "network_without_weights"]
    start = of(emitted, "train_start")[0]
    assert (start["model"], start["epochs"], start["train_samples"], start["val_samples"]) == ("mobilenet-10", 2, 12, 4)
    matric = of(emitted, "epoch_end")[0]["matric"]
    assert matric.keys() == {"train_loss", "train_acc", "val_loss", "val_acc"}
    end = of(emitted, "train_end")[0]
    assert end["per_label"].keys() == {"blue", "red"} and sum(map(sum, end["confusion"])) == 4


def test_its_output_is_whole(trained):
    root, emitted = trained
    output = root / "output"
    assert sorted(path.name for path in output.iterdir()) == ["labels.txt", "model.pth", "report.json", "samples.json"]
    assert (output / "labels.txt").read_text() == "blue\nred\n"
    loaded = load_model(output / "model.pth")
    assert loaded.labels == ("blue", "red") and len(loaded.split["train"]) == 12
    assert loaded.metrics["per_label"] == of(emitted, "train_end")[0]["per_label"]
    assert not [path.name for path in root.iterdir() if path.name.startswith(".")]


def test_its_report_has_curve_split_and_findings(trained):
    root, emitted = trained
    report = report_of(root)
    assert (report["model"], report["weights"]) == ("mobilenet-10", "random")
    assert [point["epoch"] for point in report["curves"]] == [1, 2]
    assert report["samples_per_label"]["red"] == {"train": 6, "validation": 2}
    assert report["instant"]["accuracy"] == of(emitted, "instant_model")[0]["accuracy"]
    unreadable = {"code": "unreadable", "count": 1, "files": [{"file": "dataset/red/broken.png"}]}
    assert unreadable in report["findings"]


def test_each_sample_held_back_has_its_answer(trained):
    root, _ = trained
    written = json.loads((root / "output/samples.json").read_text())
    samples = written["samples"]
    assert written["labels"] == ["blue", "red"] and len(samples) == 16
    held_back = [one for one in samples if one["held_back"]]
    pairs = [(one["label"], one["counted"]) for one in held_back]
    labels = ("blue", "red")
    assert [[pairs.count((label, answer)) for answer in labels] for label in labels] == report_of(root)["confusion"]
    assert all(0.5 <= one["float"]["prob"] <= 1 for one in held_back)
    assert all("float" not in one and "counted" not in one for one in samples if not one["held_back"])
    assert sorted(one["file"] for one in held_back) == sorted(load_model(root / "output/model.pth").split["validation"])


def test_the_substitute_goes_on_from_the_instant_model_and_the_old_output_goes(tmp_path, capsys):
    root = make_project(tmp_path, modelType="efficientnet-lite0", epochs=1)
    (root / "output").mkdir()
    (root / "output/model_int8.bin").write_bytes(b"of an older model")
    train_classification(plan_of(root))
    emitted = events_of(capsys.readouterr().out)
    end = of(emitted, "train_end")[0]
    assert end["model"] == "efficientnet-lite0"
    assert end["value"] >= of(emitted, "instant_model")[0]["accuracy"]
    assert not (root / "output/model_int8.bin").exists()
    assert load_model(root / "output/model.pth").name == "efficientnet-lite0"


def test_early_failures_name_what_to_do(tmp_path):
    root = make_project(tmp_path, per_label=4)
    for photo in list((root / "dataset/red").iterdir())[1:]:
        photo.unlink()
    with pytest.raises(MaiError) as caught:
        train_classification(plan_of(root))
    assert caught.value.code == "too_few_samples" and caught.value.params["label"] == "red"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"projectType": "OBJECT_DETECTION"}, "project_type_wrong"), ({"labels": [{"label": "red"}]}, "too_few_labels")],
)
def test_settings_that_cannot_be_are_refused(tmp_path, change, code):
    root = make_project(tmp_path, per_label=2)
    document = json.loads((root / "project.json").read_text())
    (root / "project.json").write_text(json.dumps(document | change))
    with pytest.raises(MaiError) as caught:
        train_classification(plan_of(root))
    assert caught.value.code == code


def test_a_block_program_wins_over_model_type(tmp_path, capsys):
    code = "torch.nn.Conv2d(in_channels=3, out_channels=4, kernel_size=(3,3), stride=8)\ntorch.nn.ReLU()\n"
    root = make_project(tmp_path, per_label=4, epochs=1, code=code)
    train_classification(plan_of(root))
    assert of(events_of(capsys.readouterr().out), "train_end")[0]["model"] == "blocks"
    assert load_model(root / "output/model.pth").arch == {"code": code}


def test_a_mistake_in_a_block_program_is_reported_before_anything_is_read(tmp_path, capsys):
    root = make_project(tmp_path, per_label=4, epochs=1, code="torch.nn.Conv2d(in_channels=3)\n")
    with pytest.raises(MaiError) as caught:
        train_classification(plan_of(root))
    assert caught.value.code.startswith("block_") and caught.value.params["line"] == 1
    assert events_of(capsys.readouterr().out) == []


def start(root, *extra):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, ENTRY, "--project", root, "--device", "cpu", "--threads", "1", *extra]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.soak
def test_killed_in_its_third_epoch_and_resumed_it_ends_as_if_nothing_had_been(tmp_path):
    """A real kill -9; the weights must agree to the bit and the curve must have every epoch once."""
    whole = make_project(tmp_path / "whole", per_label=4, epochs=3, batch_size=4)
    parts = make_project(tmp_path / "parts", per_label=4, epochs=3, batch_size=4)
    untroubled = start(whole)
    killed = start(parts)
    lines = []
    for line in killed.stdout:
        lines.append(line)
        if len(of(events_of("".join(lines)), "epoch_end")) == 2:
            killed.send_signal(signal.SIGKILL)
            break
    killed.wait()
    before = of(events_of("".join(lines)), "epoch_end")
    resumed = start(parts, "--resume", "--logged-epoch", str(before[-1]["epoch"]))
    after = events_of(resumed.communicate()[0])
    assert resumed.returncode == 0
    assert of(after, "instant_model") == []
    expected = of(events_of(untroubled.communicate()[0]), "epoch_end")
    curve = [(e["epoch"], e["matric"]) for e in before + of(after, "epoch_end")]
    assert curve == [(e["epoch"], e["matric"]) for e in expected]
    one, other = (load_model(root / "output/model.pth").module.state_dict() for root in (whole, parts))
    assert all(torch.equal(value, other[key]) for key, value in one.items())


def test_a_failure_is_one_error_event_and_exit_code_1(tmp_path):
    root = make_project(tmp_path, per_label=1)
    process = start(root)
    emitted = events_of(process.communicate()[0])
    assert process.returncode == 1
    assert emitted[-1]["event"] == "error" and emitted[-1]["code"] == "too_few_samples"
    assert not (root / "output").exists()


def test_a_photo_that_was_copied_is_not_its_own_check(tmp_path):
    root = make_project(tmp_path, per_label=8, train_split=50)
    for file in list((root / "dataset").glob("*/*.png")):
        shutil.copyfile(file, file.with_name(f"copy of {file.name}"))
    photos = read_photos(plan_of(root))
    sides = (photos.split.train, photos.split.validation)
    learnt, checked = ({photos.store.digests[row] for row in side} for side in sides)
    assert len(learnt) == len(checked) == 8 and not learnt & checked


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: x"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"),
    ],
)
def test_memory_that_runs_out_beside_the_epochs_is_said_so(error, monkeypatch, capsys):
    """While photos are decoded, the network is moved or judged: not the unexpected problem it looks like."""
    monkeypatch.setattr(events, "claim_stdout", lambda: None)
    monkeypatch.setattr(events, "start_heartbeat", lambda: None)

    def entry(argv):
        raise error

    assert run_entry(entry, []) == 1
    assert [e["code"] for e in events_of(capsys.readouterr().out)] == ["out_of_memory"]


def test_the_confusion_matrix_has_a_row_per_label():
    answers, wanted = torch.tensor([0, 1, 1, 2, 1]), torch.tensor([0, 0, 0, 0, 1])
    table = confusion_matrix(answers, wanted, 4)
    assert table.tolist() == [[1, 2, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert per_label_accuracy(table, ("a", "b", "c", "d")) == {"a": 25.0, "b": 100.0, "c": None, "d": None}
