"""First answers for a class: one process, the same answer as the training's own, nothing said or computed twice."""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import first_answers as entry
import pytest
import torch
from mai.errors import MaiError
from mai.train.classification import first_answers, photos
from mai.train.classification.first_answer import FILE, read_first_answer
from mai.train.classification.first_answers import FirstAnswers, Request, SharedFeatures
from mai.train.classification.photos import read_photos
from mai.train.classification.train import train_classification
from mai.train.features import photo_features as feature_module
from mai.train.plan.plan import plan_for
from photo_project import events_of, make_project

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def answers():
    return FirstAnswers("cpu", 1)


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", per_label=6)


def plan_of(project, folder, **more):
    return plan_for(project, **{name: folder / name for name in ("output", "checkpoints", "cache", "instant")}, **more)


def request(project, folder, classroom="", number="1"):
    return Request(number, classroom, lambda: plan_of(project, folder))


def names(output):
    return [event["event"] for event in events_of(output)]


def test_the_training_goes_on_from_it_as_from_its_own_and_repeats_nothing(project, answers, tmp_path, capsys):
    config = json.loads((project / "project.json").read_text())
    config["trainConfig"] |= {"modelType": "efficientnet-lite0", "epochs": 1}
    (project / "project.json").write_text(json.dumps(config))
    train_classification(plan_of(project, tmp_path / "alone"))
    alone = events_of(capsys.readouterr().out)

    answers.give(request(project, tmp_path / "class"))
    before = events_of(capsys.readouterr().out)
    train_classification(plan_of(project, tmp_path / "class", answered=True))
    after = events_of(capsys.readouterr().out)

    kinds = [event["event"] for event in before + after]
    assert kinds == [event["event"] for event in alone]
    assert kinds.count("dataset_loading") == kinds.count("instant_model") == 1
    sent = [next(e for e in events if e["event"] == "instant_model") for events in (alone, before)]
    one, other = ({k: v for k, v in e.items() if k not in ("time", "seconds")} for e in sent)
    assert one == other
    weights = [
        torch.load(tmp_path / way / "output/model.pth", weights_only=False)["state_dict"] for way in ("alone", "class")
    ]
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])


def test_what_is_kept_counts_for_the_same_photos_alone(project, answers, tmp_path, capsys):
    answers.give(request(project, tmp_path))
    plan = plan_of(project, tmp_path)
    read = read_photos(plan)
    assert read_first_answer(plan, read, first_answers.reads_to_choose("resnet18")) is not None
    assert read_first_answer(plan, read, ("last",)) is None
    (project / "dataset/blue/00.png").unlink()
    assert read_first_answer(plan, read_photos(plan), first_answers.reads_to_choose("resnet18")) is None
    (tmp_path / "checkpoints" / FILE).write_bytes(b"damaged")
    assert read_first_answer(plan, read, first_answers.reads_to_choose("resnet18")) is None
    capsys.readouterr()


def test_photos_of_a_classroom_are_computed_once_but_not_for_another_one(project, answers, tmp_path, capsys):
    for number, classroom in enumerate(("red", "red", "blue")):
        answers.give(request(project, tmp_path / str(number), classroom))
    sent = [event for event in events_of(capsys.readouterr().out) if event["event"] == "instant_model"]
    assert [(event["computed"], event["cached"]) for event in sent] == [(12, 0), (0, 12), (12, 0)]
    assert all((tmp_path / str(number) / "cache" / feature_module.CACHE_FILE).exists() for number in range(3))


def test_the_next_ones_are_read_meanwhile_and_announced_in_their_turn(project, answers, tmp_path, capsys, monkeypatch):
    reads: list[Path] = []
    real = photos.load_photos
    monkeypatch.setattr(photos, "load_photos", lambda found, *rest: reads.append(found) or real(found, *rest))
    second, third = (request(project, tmp_path / number, number=number) for number in "23")
    answers.give(request(project, tmp_path / "1"), [second, third])
    assert names(capsys.readouterr().out) == ["dataset_loading", "instant_model"]
    assert not (tmp_path / "2").exists()  # its job may be cancelled: nothing may appear in its folder
    answers.give(second, [third])
    answers.give(third)
    assert names(capsys.readouterr().out) == ["dataset_loading", "instant_model"] * 2
    assert len(reads) == 3


def test_what_is_read_ahead_and_not_wanted_any_more_is_given_up(project, answers, tmp_path, capsys, monkeypatch):
    reads: list[str] = []
    go_on = threading.Event()
    real = first_answers.read_photos

    def read(plan):
        reads.append(plan.cache.parent.name)
        assert reads[-1] != "2" or go_on.wait(60)
        return real(plan)

    monkeypatch.setattr(first_answers, "read_photos", read)
    first, second, third, other = (request(project, tmp_path / number, number=number) for number in "1234")
    answers.give(first, [second, third])
    with ThreadPoolExecutor() as pool:
        given = pool.submit(answers.give, other, [second])
        deadline = time.monotonic() + 60
        while "3" in answers._reads and time.monotonic() < deadline:
            time.sleep(0.01)
        go_on.set()
        given.result(60)
    answers.give(second)
    assert reads == ["1", "2", "4"]
    answers.give(third)
    assert reads == ["1", "2", "4", "3"]
    capsys.readouterr()


def test_threads_set_for_one_thread_stay_when_another_one_sets_its_own():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(first_answers._compute_with, 2).result(60)
        torch.set_num_threads(3)
        assert pool.submit(torch.get_num_threads).result(60) == 2


def test_two_projects_are_read_at_once_with_half_of_the_threads_each(project, tmp_path, capsys, monkeypatch):
    used: list[tuple[str, int]] = []
    together = threading.Barrier(2, timeout=60)
    real_read, real_head = first_answers.read_photos, first_answers.make_first_answer

    def read(plan):
        used.append(("read", torch.get_num_threads()))
        if len(used) < 3:
            together.wait()
        return real_read(plan)

    def head(*given):
        used.append(("head", torch.get_num_threads()))
        return real_head(*given)

    monkeypatch.setattr(first_answers, "read_photos", read)
    monkeypatch.setattr(first_answers, "make_first_answer", head)
    answers = FirstAnswers("cpu", 4)
    first, second, alone = (request(project, tmp_path / number, number=number) for number in "123")
    answers.give(first, [second])
    answers.give(second)
    answers.give(alone)
    assert used == [("read", 2), ("read", 2), ("head", 2), ("head", 4), ("read", 4), ("head", 4)]
    capsys.readouterr()


def test_a_project_that_cannot_be_trained_is_refused_and_a_big_one_left_to_its_training(
    project, answers, tmp_path, capsys, monkeypatch
):
    bad = make_project(tmp_path / "bad", per_label=1)
    with pytest.raises(MaiError):
        answers.give(request(bad, tmp_path / "b"))
    monkeypatch.setattr(first_answers, "MOST_PHOTOS", 11)
    with pytest.raises(first_answers.TooManyPhotos):
        answers.give(request(project, tmp_path / "big"))
    monkeypatch.setattr(first_answers, "MOST_PHOTOS", 12)
    answers.give(request(project, tmp_path / "small"))
    assert "instant_model" in names(capsys.readouterr().out)


def test_shared_features_are_bounded():
    shared = SharedFeatures(photos=3, classrooms=2)
    values = torch.arange(4.0)[:, None]
    shared.note("a", ("1", "2"), values[:2])
    before = shared.of("a")
    shared.note("a", ("1", "3", "4"), values[[0, 2, 3]])
    assert list(before) == ["1", "2"]  # a thread that reads it meanwhile must not see it change
    assert list(shared.of("a")) == ["1", "3", "4"]
    shared.note("b", ("1",), values[:1])
    shared.of("a")
    shared.note("c", ("1",), values[:1])
    assert [list(shared.of(room)) for room in ("a", "b")] == [["1", "3", "4"], []]


def test_a_request_that_fails_is_answered_and_the_process_goes_on(capsys):
    class Broken:
        def give(self, given, following):
            if given.id == "1":
                raise MaiError("too_few_labels", count=1, needed=2)
            if given.id == "2":
                raise RuntimeError("bug")

    for number in "123":
        entry._serve(Broken(), {"id": number, "classroom": "", "args": []})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["answered"] for line in lines] == ["1", "2", "3"]
    assert lines[0]["error"]["code"] == "too_few_labels" and lines[0]["error"]["count"] == 1
    assert lines[1]["failed"] == "RuntimeError" and "error" not in lines[1]
    assert set(lines[2]) == {"answered"}


def test_it_ends_at_once_when_its_server_is_gone():
    """Lines that came before are in the queue; the end of the input is the end of the process, whatever it is doing."""
    program = "import queue, time; from mai import cli; lines = queue.SimpleQueue(); cli.follow_stdin(lines.put); " \
        "print(lines.get().decode(), lines.get().decode(), flush=True); time.sleep(60)"  # fmt: skip
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(entry.__file__).parent)},
    )  # fmt: skip
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(b"one\ntw")
    child.stdin.flush()
    child.stdin.write(b"o\n")
    child.stdin.flush()
    assert child.stdout.readline() == b"one two\n"
    child.stdin.close()
    assert child.wait(30) == 143
