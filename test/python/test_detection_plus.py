"""A detector for kidbright-mai-plus: photos whole between bars, a training, and what the board's file will hold."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from detection_project import add_photo, squares_project, write_project
from mai.config import read_project
from mai.convert.boards.kidbright_mai_plus import boxes
from mai.convert.boards.kidbright_mai_plus.mud import mud
from mai.convert.boards.kidbright_mai_plus.speed import milliseconds
from mai.convert.float_network import Probe, run_torch
from mai.convert.onnx_reference import run_onnx_outputs
from mai.data.detection_augment import AugmentRange
from mai.data.detection_batch import augmented_batches
from mai.data.detection_whole import CANVAS, load_canvases, load_whole
from mai.data.voc import index_voc
from mai.infer.protocol import Request
from mai.infer.session import Session
from mai.models.detectors import DISTANCES
from mai.models.registry import build_model, load_model
from mai.models.weights import bundled_start, load_start
from mai.train.detection import recipe
from mai.train.detection.kinds import WITHOUT_ANCHORS
from mai.train.detection.networks import network_of
from mai.train.detection.prepare import prepare
from mai.train.detection.train import train_detection
from mai.train.plan.plan import plan_for
from mud_reader import read_mud

PLUS, SMALL = "kidbright-mai-plus", "efficientnet-lite0-boxes-n"
STILL = AugmentRange(zoom=0, stretch=0, shift=0, flip=0, light=0, saturation=0, tint=0)
CPU = torch.device("cpu")


@pytest.fixture
def sent(monkeypatch):
    from mai import events

    emitted = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: emitted.append({"event": event, **fields}))
    return emitted


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = build_model("OBJECT_DETECTION", SMALL, 4)
    load_start(model, bundled_start(SMALL))
    return model.eval()


@pytest.fixture
def wide(tmp_path):
    """A photo of 640 × 320 with a red square at its left edge, which a centre square would not see."""
    project = write_project(tmp_path / "wide", board=PLUS)
    for name in ("edge", "same"):
        add_photo(project, name, [("red", 0, 100, 120, 220)], size=(640, 320))
    return project


class TestPhotos:
    def test_are_held_back_whole_between_black_bars(self, wide, tmp_path):
        pictures = load_whole(index_voc(wide / "dataset", ("blue", "red")), tmp_path)
        assert pictures.pixels.shape == (2, 224, 320, 3)
        assert pictures.truths[0].boxes.tolist() == [[0, 82, 60, 142]]
        assert pictures.pixels[0, :32].sum() == 0 == pictures.pixels[0, 192:].sum()
        red = pictures.pixels[0, 90:135, 5:50].float().mean((0, 1))
        assert red[0] > 200 and red[2] < 80

    def test_are_learnt_as_the_board_sees_them(self, wide, tmp_path):
        """Without any change the picture and its box are those held back, whatever size an epoch learns with."""
        photos = index_voc(wide / "dataset", ("blue", "red"))
        store, pictures = load_canvases(photos, tmp_path), load_whole(photos, tmp_path)
        assert store.sizes == ((CANVAS, CANVAS),) * 2 and store.contents == ((CANVAS, CANVAS // 2),) * 2
        for size, share in (((224, 320), 1.0), ((112, 160), 0.5)):
            (batch,) = augmented_batches(store, [torch.tensor([0])], size, STILL, CPU, torch.Generator())
            assert batch[0].shape == (1, 3, *size)
            assert batch[1][0, 0].tolist() == pytest.approx([share * edge for edge in (0, 82, 60, 142)], abs=0.1)
        (batch,) = augmented_batches(store, [torch.tensor([0])], (224, 320), STILL, CPU, torch.Generator())
        seen = (batch[0][0].permute(1, 2, 0) * 128 + 127.5).clamp(0, 255)
        assert (seen[90:135, 5:50] - pictures.pixels[0, 90:135, 5:50].float()).abs().mean() < 4

    @pytest.mark.parametrize(
        ("size", "box", "told", "on_the_other_board"),
        [
            ((900, 1600), 30, "30 of 1600 pixels are 4.2 of 224", "learnt"),
            ((1600, 600), 25, "25 of 1600 pixels are 5.0 of 320", "learnt"),
            ((1600, 1200), 24, "24 of 1200 pixels are 4.5 of 224", "too small"),
            ((900, 1600), 50, None, "learnt"),
        ],
    )
    def test_seen_whole_have_boxes_that_are_too_small_sooner(self, size, box, told, on_the_other_board, sent, tmp_path):
        project = write_project(tmp_path / "p", board=PLUS)
        for name in "abc":
            small = [("red", 10, 10, 10 + box, 300)] if name == "a" else []
            add_photo(project, name, [*small, ("blue", 100, 100, 400, 400)], size=size)
        photos = index_voc(project / "dataset", ("blue", "red"), seen_as=DISTANCES.seen_as)
        assert [len(photo.boxes) for photo in photos] == [1 if told else 2, 1, 1]
        names = [event["names"] for event in sent if event["code"] == "boxes_too_small"]
        assert names == ([f"a.jpg ({told})"] if told else [])
        there = index_voc(project / "dataset", ("blue", "red"))[0]
        assert len(there.boxes) == (2 if on_the_other_board == "learnt" else 1)

    def test_are_prepared_for_a_training_by_what_its_board_sees(self, sent, tmp_path):
        project = write_project(tmp_path / "p", board=PLUS, modelType="yolo11n")
        for name in "abcd":
            add_photo(project, name, [("red", 10, 10, 40, 300), ("blue", 100, 100, 400, 400)], size=(900, 1600))
        prepare(plan_for(project, threads=1))
        assert [event["count"] for event in sent if event.get("code") == "boxes_too_small"] == [4]

    def test_of_two_boards_have_the_networks_of_their_own(self, sent, tmp_path):
        def trained(board, **settings):
            sent.clear()
            name = network_of(read_project(write_project(tmp_path / str(len(list(tmp_path.iterdir()))), board=board,
                                                         **settings)))  # fmt: skip
            return name, [event["code"] for event in sent]

        assert trained(PLUS, modelType="YOLO11s") == ("efficientnet-lite0-boxes-s", ["detector_of_ours"])
        assert trained(PLUS, modelType="") == (SMALL, ["detector_of_ours"])
        assert trained(PLUS, modelType="slim_yolo_v2") == (SMALL, ["detector_substituted"])
        assert trained(PLUS, modelType="none such") == (SMALL, ["setting_adjusted", "detector_of_ours"])
        assert trained("kidbright-mai", modelType=SMALL) == ("slim_yolo_v2", ["detector_substituted"])


class TestTraining:
    @pytest.mark.usefixtures("one_thread")
    def test_the_loss_falls_in_twenty_steps(self, tmp_path):
        store = load_canvases(
            index_voc(squares_project(tmp_path / "p", photos=8) / "dataset", ("blue", "red")), tmp_path
        )
        torch.manual_seed(0)
        model = build_model("OBJECT_DETECTION", SMALL, 2)
        load_start(model, bundled_start(SMALL))
        optimizer = recipe.optimizer_of(model, 0.001)
        recipe.train_with_fixed_norms(model)
        losses = []
        for step in range(20):
            rng = torch.Generator().manual_seed(step)
            (batch,) = augmented_batches(store, [torch.arange(8)], (64, 96), recipe.AUGMENT, CPU, rng)
            parts = recipe.losses_of(WITHOUT_ANCHORS, model, batch)
            optimizer.zero_grad()
            parts["train_loss"].backward()
            optimizer.step()
            losses.append(parts["train_loss"].item())
        assert sum(losses[-4:]) < 0.6 * sum(losses[:4])

    def test_leaves_what_conversion_and_inference_need(self, sent, tmp_path, monkeypatch):
        monkeypatch.setattr(recipe, "PICTURE_SIZES", ((1.0, 64),))
        project = squares_project(tmp_path / "p", photos=8, modelType="yolo11n", board=PLUS, epochs=2)
        train_detection(plan_for(project, threads=1))
        order = [each["event"] for each in sent if each["event"] in ("train_start", "epoch_end", "train_end")]
        assert order == ["train_start", *["epoch_end"] * 2, "train_end"]
        assert (sent[-1]["model"], sent[-1]["metric"]) == (SMALL, "mAP")
        report = json.loads((project / "output/report.json").read_text())["training"]
        assert report["mAP"] == sent[-1]["mAP"] and 0 <= report["mAP_50_95"] <= report["mAP"]
        photo = next((project / "dataset/JPEGImages").iterdir())
        answer = Session()(Request(project / "output", photo, "detection", 0.0, board=True))
        assert answer["boxes"] and all(box["x2"] <= 160 and box["y2"] <= 160 for box in answer["boxes"])

    def test_keeps_the_first_features_as_they_were_published(self, network):
        model = build_model("OBJECT_DETECTION", SMALL, 4)
        recipe.optimizer_of(model, 0.001)
        frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
        first = ("_conv_stem.", "_bn0.", *(f"_blocks.{number}." for number in range(5)))
        assert frozen == {name for name, _ in model.named_parameters() if name.startswith(first)}


class TestBoardOutputs:
    @pytest.mark.parametrize(("labels", "scores"), [(1, 1), (3, 3), (4, 5), (5, 5)])
    def test_are_two_of_the_boards_shapes_with_a_fifth_label_for_four(self, labels, scores):
        outputs = boxes.BoardOutputs(build_model("OBJECT_DETECTION", SMALL, labels).eval())
        with torch.inference_mode():
            distances, marks = outputs(torch.zeros(1, 3, 224, 320))
        assert distances.shape == (1, 1, 4, 1470) and marks.shape == (1, scores, 1470, 1)
        assert ((marks >= 0) & (marks <= 1)).all()
        assert (marks[0, labels:] < 0.5 / 127).all()  # 0 in 8 bits

    def test_are_exported_under_names_that_the_board_knows(self, network, tmp_path):
        import onnx

        inputs = np.random.default_rng(0).uniform(-1, 1, (1, 3, 224, 320)).astype(np.float32)
        trained = SimpleNamespace(module=network, labels=("a", "b", "c", "d"))
        job = SimpleNamespace(trained=trained, build=tmp_path, shape=(1, 3, 224, 320))
        assert boxes.export(job, Probe(inputs, run_torch(network, inputs))) > 0.9999
        graph = onnx.load(str(tmp_path / "model.onnx")).graph
        assert [each.name for each in graph.output] == ["boxes", "scores_Sigmoid"]
        assert graph.node[-1].op_type == "Sigmoid"
        distances, scores = run_onnx_outputs(tmp_path / "model.onnx", inputs)
        assert distances.shape == (1, 1, 4, 1470) and scores.shape == (1, 5, 1470, 1)

    def test_have_a_mud_of_as_many_names(self):
        for labels in (["cat"], ["a", "b", "c"], ["แมว", "b", "c", "d"], [*"abcde"]):
            extra = read_mud(mud(boxes.padded_names(labels), "yolo11"))["extra"]
            names = extra["labels"].split(",")
            assert extra["model_type"] == "yolo11" and "type" not in extra
            assert names == [*labels, *(["__pad__"] if len(labels) == 4 else [])]

    def test_take_about_as_long_as_those_that_were_measured(self):
        times = {
            size: milliseconds(build_model("OBJECT_DETECTION", f"efficientnet-lite0-boxes-{size}", 2), (1, 3, 224, 320))
            for size in "ns"
        }
        assert [(times[size]["at_least"], times[size]["at_most"]) for size in "ns"] == [(19, 23), (43, 51)]
        assert all(each["estimate"] for each in times.values())


def test_a_trained_network_is_read_again_as_it_was(network, tmp_path):
    from mai.models.registry import save_model

    save_model(
        tmp_path / "model.pth", network, project_type="OBJECT_DETECTION", name=SMALL, labels=list("abcd"), arch={},
        split={}, train_config={}, metrics={},
    )  # fmt: skip
    x = torch.zeros(1, 3, 224, 320)
    with torch.inference_mode():
        assert torch.equal(load_model(tmp_path / "model.pth").module(x), network(x))
