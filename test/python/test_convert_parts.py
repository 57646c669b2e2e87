"""The small parts of a conversion: choosing samples, the speed estimate, stages, the package, the judgement."""

from __future__ import annotations

import errno
import json
import string
import zipfile
from pathlib import Path

import numpy as np
import onnx.reference
import pytest
from mai import events
from mai.convert.agreement import agreement_fields, agreement_of
from mai.convert.boards import target_for
from mai.convert.choose_samples import COMPARED, choose_samples, evenly
from mai.convert.evaluation.classification import ClassificationEvaluation
from mai.convert.evaluation.folder_labels import UNKNOWN, FolderLabels
from mai.convert.evaluation.samples import Samples
from mai.convert.export_onnx import INPUT_NAME, OUTPUT_NAME
from mai.convert.job import Outcome
from mai.convert.judge import likely_cause, notify_if_worse
from mai.convert.onnx_reference import run_onnx
from mai.convert.output_folder import new_output
from mai.convert.package import write_package
from mai.convert.readme_sentences import ENGLISH, THAI
from mai.convert.similarity import cosine, relative_error, require_same
from mai.convert.stages import Stages
from mai.data.stored_name import stored_name
from mai.errors import MaiError
from mai.models.board_speed import CPU_MS_PER_MILLION_AT_WORST, Work
from mai.quality.accuracy import Measured
from spnn.errors import SpnnFormatError


def names(label: str, count: int) -> list[str]:
    return [f"dataset/{label}/{number:03}.jpg" for number in range(count)]


def label_of(name: str) -> str:
    return name.split("/")[1]


class TestChoice:
    def test_is_even_over_labels_and_disjoint(self) -> None:
        chosen = choose_samples(names("a", 100) + names("b", 40), names("a", 9) + names("b", 3), label_of)
        assert (len(chosen.calibration), len(chosen.selection)) == (24, 16)
        assert not set(chosen.calibration) & set(chosen.selection)
        for group in (chosen.calibration, chosen.selection):
            assert sum(label_of(name) == "a" for name in group) == len(group) / 2
        assert len(chosen.held_back) == 12

    def test_does_not_depend_on_the_order_of_the_names(self) -> None:
        train = names("a", 50) + names("b", 50)
        assert choose_samples(train, train, label_of) == choose_samples(train[::-1], train[::-1], label_of)

    def test_keeps_a_third_of_few_photos_for_choosing(self) -> None:
        chosen = choose_samples(names("a", 3) + names("b", 3), names("a", 1), label_of)
        assert (len(chosen.calibration), len(chosen.selection)) == (4, 2)
        alone = choose_samples(names("a", 1), names("a", 1), label_of)
        assert alone.calibration == alone.selection

    @pytest.mark.parametrize("sizes", [[5] * 100, [2] * 100, [1] * 100, [1, 2, 90] * 30, [300] + [1] * 99])
    def test_every_label_measures_the_scales_chooses_and_is_asked(self, sizes: list[int]) -> None:
        labels = [f"label {number}" for number in range(len(sizes))]
        train = [name for label, count in zip(labels, sizes, strict=True) for name in names(label, count)]
        asked = [f"held back {name}" for label in labels for name in names(label, 4)]
        chosen = choose_samples(train, asked, label_of)
        for part in (chosen.calibration, chosen.selection, chosen.held_back):
            assert {label_of(name) for name in part} == set(labels) and len(set(part)) == len(part)
        both = set(chosen.calibration) & set(chosen.selection)
        assert all(sizes[labels.index(label_of(name))] == 1 for name in both) or len(train) == len(labels)

    def test_compares_24_where_there_are_so_many_first_what_no_scale_has_seen(self) -> None:
        few = choose_samples(names("a", 30) + names("b", 30), [f"held back/{n}" for n in range(10)], label_of)
        assert len(few.held_back) + len(few.learnt) == COMPARED
        assert not set(few.learnt) & {*few.calibration, *few.selection}
        fewer = choose_samples(names("a", 5) + names("b", 5), ["held back/1"], label_of)
        assert sorted(fewer.learnt) == sorted(names("a", 5) + names("b", 5))
        assert set(fewer.learnt[:3]) == set(fewer.selection)
        assert choose_samples(names("a", 50), [f"held back/{n}" for n in range(24)], label_of).learnt == ()

    def test_takes_every_name_once(self) -> None:
        every = names("a", 5) + names("b", 2) + names("ก", 1)
        assert sorted(evenly(every, label_of)) == sorted(every)
        assert {label_of(name) for name in evenly(every, label_of)[:3]} == {"a", "b", "ก"}


class TestFrameRate:
    """The points measured on the board (docs/ide-contract.md § What the boards do)."""

    @pytest.mark.parametrize(("work", "measured"), [
        (Work(1_813_561_344, 0, 0, ()), 16.5),  # ResNet-18
        (Work(1_893_918_208, 0, 0, ()), 16.5),  # slim YOLO, ReLU
        (Work(1_893_918_208, 0, 3_963_904, ()), 1.9),  # slim YOLO, ReLU6
        (Work(278_777_856, 20_716_416, 3_803_968, ()), 1.8),  # MobileNetV2, Clips on the CPU
    ])  # fmt: skip
    def test_gives_the_measured_points(self, work: Work, measured: float) -> None:
        assert work.frames_per_second() == pytest.approx(measured, rel=0.04)

    def test_has_a_lower_end(self) -> None:
        work = Work(278_777_856, 20_716_416, 0, ())
        assert work.frames_per_second(CPU_MS_PER_MILLION_AT_WORST) == pytest.approx(1.8, rel=0.02)


class TestStages:
    @pytest.mark.parametrize(("reason", "code"), [
        (MaiError("layer_unsupported", layer="x", type="Swish", reason="no", advice="none"), "layer_unsupported"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (MemoryError(), "out_of_memory"),
        (ValueError("odd"), "conversion_failed"),
    ])  # fmt: skip
    def test_name_themselves_in_every_error(self, reason: Exception, code: str, capsys) -> None:
        stages = Stages(("one", "two"))
        with stages.enter("one"):
            pass
        with pytest.raises(MaiError) as caught, stages.enter("two"):
            raise reason
        assert caught.value.code == code
        assert caught.value.params["stage"] == "two"
        assert "two" in caught.value.msg or code == "layer_unsupported"
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(event["stage"], event["step"], event["steps"]) for event in told] == [("one", 1, 2), ("two", 2, 2)]
        assert list(stages.seconds) == ["one"]

    def test_name_a_file_without_its_folder(self) -> None:
        with pytest.raises(MaiError) as caught, Stages(("one",)).enter("one"):
            raise SpnnFormatError(2, "says 77 layers, but 42 lines follow", unit="line", file="/srv/secret/model.param")
        assert "one (model.param, line 2: says 77 layers" in caught.value.msg
        assert "secret" not in caught.value.msg

    def test_keep_their_order(self) -> None:
        with pytest.raises(ValueError, match="comes next"), Stages(("one", "two")).enter("two"):
            pass


class TestOutputFolder:
    def model(self, root: Path) -> Path:
        folder = root / "trained"
        folder.mkdir()
        (folder / "model.pth").write_bytes(b"weights")
        (folder / "labels.txt").write_text("a\nb\n")
        (folder / "model_int8.bin").write_bytes(b"old")
        return folder

    def test_takes_the_place_of_the_old_one_complete(self, tmp_path: Path) -> None:
        model = self.model(tmp_path)
        with new_output(model, model) as build:
            (build / "model.onnx").write_bytes(b"onnx")
            assert (model / "model_int8.bin").exists()
        assert sorted(file.name for file in model.iterdir()) == ["labels.txt", "model.onnx", "model.pth"]
        assert sorted(file.name for file in tmp_path.iterdir()) == ["trained"]

    def test_leaves_nothing_after_a_failure(self, tmp_path: Path) -> None:
        model = self.model(tmp_path)
        with pytest.raises(RuntimeError), new_output(tmp_path / "output", model) as build:
            (build / "model.onnx").write_bytes(b"half")
            raise RuntimeError
        assert sorted(file.name for file in tmp_path.iterdir()) == ["trained"]
        assert (model / "model.pth").read_bytes() == b"weights"


def report(**more: object) -> dict:
    return {
        "board": "kidbright-mai", "model": "resnet18", "project_type": "IMAGE_CLASSIFICATION", "measure": "accuracy",
        "agreement": 90.0, "accuracy_float": 95.0, "accuracy_board": 90.0, "changed": [],
        "checked": {
            "float": {"right": 39, "checked": 40, "uneven": False, "expect_least": 87, "expect_most": 100},
            "board": {"right": 38, "checked": 40, "uneven": False, "expect_least": 83, "expect_most": 99},
        },
        "compared": {"same": 36, "compared": 41, "expect_least": 76, "expect_most": 97},
        "held_back": {"used": 40, "of": 40}, "calibration": {"samples": ["x"] * 24},
        "frame_rate": {"frames_per_second": 16.0, "at_least": 15.0, "at_most": 17.0},
    } | more  # fmt: skip


def test_the_package_holds_what_the_board_needs_and_is_the_same_every_time(tmp_path: Path) -> None:
    for name, content in (("model_int8.param", b"p"), ("model_int8.bin", b"b" * 999), ("labels.txt", b"a\n"),
                          ("report.json", b"{}")):  # fmt: skip
        (tmp_path / name).write_bytes(content)
    made = []
    for _ in range(2):
        write_package(tmp_path, ("model_int8.param", "model_int8.bin"), report(threshold=0.3))
        made.append((tmp_path / "model.zip").read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "README.txt", "labels.txt", "model_int8.bin", "model_int8.param", "report.json",
        ]  # fmt: skip
        text = archive.read("README.txt").decode()
    assert "0.3" in text and "บอร์ด" in text and "model_int8.bin" in text and "{" not in text
    for line in (
        "on the board: 38 of 40 right; of 100 new photos, as many of each label, expect 83 to 99",
        "the same answer in both: 36 of 41; of 100 new ones expect 76 to 97", "ตอบถูก 38 จาก 40 รูป", "36 จาก 41 รูป",
    ):  # fmt: skip
        assert line in text


def test_both_languages_of_the_readme_have_every_sentence_and_value() -> None:
    def values(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    assert ENGLISH.keys() == THAI.keys()
    for key, sentence in ENGLISH.items():
        assert values(sentence) == values(THAI[key]) - {"thing"} | values(sentence) & {"thing"}, key


def same(share: float) -> Measured:
    return Measured(round(100 * share), 100, share, 100, False)


class TestJudgement:
    def said(self, capsys) -> list[dict]:
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_is_silent_about_a_good_model(self, capsys) -> None:
        notify_if_worse(Outcome(same(0.96), 0.95, 0.94, {}, ()), report())
        assert self.said(capsys) == []

    @pytest.mark.parametrize(
        "outcome",
        [
            Outcome(same(0.9), 0.95, 0.95, {}, ()),
            Outcome(same(1.0), 0.95, 0.92, {}, ()),
        ],
    )
    def test_warns_with_the_figures(self, outcome: Outcome, capsys) -> None:
        notify_if_worse(outcome, report())
        (notice,) = self.said(capsys)
        assert notice["event"] == "notice" and notice["code"] == "convert_low_rounding"
        assert "90 %" in notice["msg"] and "95 %" in notice["msg"]

    def test_finds_the_likely_cause(self) -> None:
        unsure = [{"float": {"prediction": "a", "prob": 0.55}}, {"float": {"prediction": "a", "prob": 0.6}}]
        assert likely_cause(report(changed=unsure))[0] == "close_calls"
        assert likely_cause(report(calibration={"samples": ["x"]}))[0] == "few_photos"
        bad = {"layer": "conv_3", "type": "Convolution", "cosine": 0.8}
        assert likely_cause(report(worst_layers=[bad])) == ("coarse_layer", {"layer": "conv_3", "type": "Convolution"})


class TestSimilarity:
    def test_of_arrays(self) -> None:
        assert cosine(np.array([1.0, 0]), np.array([0.0, 2])) == 0
        assert cosine(np.zeros(3), np.zeros(3)) == 1
        assert relative_error(np.array([1.1]), np.array([1.0])) == pytest.approx(0.1)

    @pytest.mark.parametrize("made", [np.array([1.0, 2.1]), np.array([1.0]), np.array([np.nan, 2])])
    def test_a_stage_that_says_something_else_stops(self, made: np.ndarray) -> None:
        with pytest.raises(MaiError) as caught:
            require_same(made, np.array([1.0, 2.0]), "the NCNN model")
        assert caught.value.code == "stage_differs"
        assert json.dumps(events.finite(caught.value.params), allow_nan=False)


def test_boards_that_there_are() -> None:
    assert target_for("kidbright-mai", "IMAGE_CLASSIFICATION").stages[0] == "export"
    with pytest.raises(MaiError, match="makes models for kidbright-mai"):
        target_for("kidbright-mai-plus", "IMAGE_CLASSIFICATION")


def test_labels_are_found_by_their_folder(tmp_path: Path) -> None:
    long = stored_name("แมว" * 60)
    for name in ("Cat/1.jpg", "Dog/1.jpg", "1/1.jpg", "1/2/1.jpg", f"sound/{long}/1.wav"):
        (tmp_path / "dataset" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "dataset" / name).write_bytes(b"x")
    labels = FolderLabels(tmp_path, "dataset", ["Cat", "1/2", "1"])
    names = ("Cat/1.jpg", "1/2/1.jpg", "1/1.jpg", "Dog/1.jpg", "Cat/gone.jpg")
    assert [labels(f"dataset/{name}") for name in names] == [0, 1, 2, UNKNOWN, UNKNOWN]
    assert FolderLabels(tmp_path, "dataset/sound", ["แมว" * 60])(f"dataset/sound/{long}/1.wav") == 0
    assert FolderLabels(tmp_path / "gone", "dataset", ["a"])("dataset/a/1.jpg") == UNKNOWN


def test_classification_names_the_samples_that_changed() -> None:
    evaluation = ClassificationEvaluation(("a", "b"), lambda names: None, label_of)
    samples = Samples(("1.jpg", "2.jpg"), np.zeros((2, 1, 1, 1), np.float32), (0, 1), (0, 1))
    before, after = np.array([[2.0, 0], [0, 1]], np.float32), np.array([[2.0, 0], [1, 0]], np.float32)
    found = evaluation.compare(samples, before, after)
    assert (found.agreement, found.accuracy_float, found.accuracy_board) == (0.5, 1.0, 0.5)
    (changed,) = found.changed
    assert changed["file"] == "2.jpg" and changed["label"] == "b"
    assert changed["float"] == {"prediction": "b", "prob": 0.7311} and changed["board"]["prediction"] == "a"
    assert found.details["confusion_board"] == [[1, 0], [1, 0]]


def test_every_label_counts_the_same_at_the_conversion_too() -> None:
    evaluation = ClassificationEvaluation(("a", "b"), lambda names: None, label_of)
    samples = Samples(tuple("1234"), np.zeros((4, 1, 1, 1), np.float32), (0, 0, 0, 1), (0, 1, 2, 3))
    always = np.array([[1.0, 0]] * 4, np.float32)
    found = evaluation.compare(samples, always, always)
    assert (found.accuracy_float, found.accuracy_board) == (0.5, 0.5)
    assert found.details["checked"]["board"] == {
        "right": 3, "checked": 4, "uneven": True, "expect_least": 4, "expect_most": 96,
    }  # fmt: skip


def test_agreement_counts_all_that_was_compared_and_photos_of_a_scene_as_one() -> None:
    evaluation = ClassificationEvaluation(("a", "b"), lambda names: None, label_of)
    before, after = np.array([[2.0, 0]] * 4, np.float32), np.array([[2.0, 0]] * 3 + [[0, 2.0]], np.float32)

    def part(first: int, scenes: tuple[int, ...]) -> Samples:
        names = tuple(str(first + number) for number in range(4))
        return Samples(names, np.zeros((4, 1, 1, 1), np.float32), (0,) * 4, scenes)

    parts = [part(0, (0, 1, 2, 3)), part(4, (0, 1, 2, 3))]
    found = agreement_of((samples, evaluation.compare(samples, before, after)) for samples in parts)
    assert agreement_fields(found) == {"same": 6, "compared": 8, "expect_least": 35, "expect_most": 97}
    burst = part(0, (0, 0, 0, 0))
    assert agreement_of([(burst, evaluation.compare(burst, before, after))]).independent == 1


class TestOnnxReference:
    @pytest.mark.parametrize("settings", [
        {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
        {"kernel_shape": [2, 3], "strides": [2, 1], "pads": [0, 1, 1, 0]},
        {"kernel_shape": [2, 2]},
        {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
        {"kernel_shape": [2, 2], "dilations": [2, 2]},
        {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    ])  # fmt: skip
    def test_pools_as_onnx_itself(self, settings: dict[str, object], tmp_path: Path) -> None:
        value = onnx.helper.make_tensor_value_info
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node("MaxPool", [INPUT_NAME], [OUTPUT_NAME], **settings)], "pool",
            [value(INPUT_NAME, onnx.TensorProto.FLOAT, [2, 3, 9, 11])],
            [value(OUTPUT_NAME, onnx.TensorProto.FLOAT, [2, 3, None, None])],
        )  # fmt: skip
        file = tmp_path / "pool.onnx"
        onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]), file)
        x = -np.abs(np.random.default_rng(0).normal(size=(2, 3, 9, 11))).astype(np.float32)  # borders must not win
        (expected,) = onnx.reference.ReferenceEvaluator(str(file)).run(None, {INPUT_NAME: x})
        np.testing.assert_array_equal(run_onnx(file, x), expected)
