"""Scales of a known backbone: measured once, on generated pictures, and checked on each project's photos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from known_job import SHAPE, float_half, photos, trained
from mai.convert import scales
from mai.convert.evaluation.sets import SampleSets
from mai.convert.known import backbone_scales, fingerprint
from mai.convert.known.backbone_cache import BackboneCache
from mai.convert.known.backbone_files import KnownNetwork, known_network
from mai.convert.known.backbone_scales import PICTURES, BackboneScales
from mai.convert.known.generated_pictures import dead_leaves
from mai.convert.scales import KNOWN, choose_scales
from mai.models.registry import LoadedModel
from spnn.calibrate import collect
from spnn.format.graph import Graph
from spnn.run.float import run_float

pytestmark = pytest.mark.usefixtures("one_thread")


NOISE_ERROR = 0.5  # a head that has learnt nothing, asked about noise, hardly tells one input from another


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return trained("last", 2)


@pytest.fixture(scope="module")
def graph(model: LoadedModel, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """Its float half. No test changes it."""
    return float_half(model, tmp_path_factory.mktemp("graph") / "made", None)[0]


@pytest.fixture
def known(model: LoadedModel, tmp_path: Path) -> KnownNetwork:
    """What is known of it in an empty cache."""
    found = known_network(model, SHAPE, tmp_path / "cache")
    assert found is not None
    return found


@pytest.fixture
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured does not matter: two pictures instead of twelve."""
    monkeypatch.setattr(backbone_scales, "PICTURES", 2)
    monkeypatch.setattr(backbone_scales, "SEARCHED", 2)


class Evaluation:
    def __init__(self, same: float = 1.0) -> None:
        self.same = same

    def agreement(self, reference: np.ndarray, output: np.ndarray) -> float:
        return self.same


def sets(count: int = 2) -> SampleSets:
    inputs: Any = SimpleNamespace(inputs=photos(count, seed=5))
    return SampleSets(inputs, inputs, inputs, inputs, 0)


def choose(graph: Graph, known: Any, same: float = 1.0, method: Any = "auto") -> scales.Choice:
    evaluation: Any = Evaluation(same)
    return choose_scales(method, graph, sets(), evaluation, known)


def test_two_heads_share_what_was_measured_on_generated_pictures(
    graph: Graph, known: KnownNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    real = BackboneScales.of
    monkeypatch.setattr(BackboneScales, "of", staticmethod(lambda *args: (made.append(1), real(*args))[1]))
    monkeypatch.setattr(scales, "MOST_ERROR", NOISE_ERROR)
    many, known_many = float_half(trained("last", 30, seed=3), tmp_path / "many", tmp_path / "cache")
    first, second = choose(graph, known), choose(many, known_many)
    assert first.method == second.method == KNOWN and len(made) == 1
    assert first.vendor is None and [each["method"] for each in first.tried] == [KNOWN]
    assert 0 < first.tried[0]["error"] < scales.MOST_ERROR
    head = next(layer.name for layer in many.layers if layer.type == "InnerProduct")
    assert (len(first.table.weight_scales[head]), len(second.table.weight_scales[head])) == (2, 30)
    shared = [name for name in first.table.weight_scales if name != head]
    assert all(np.array_equal(first.table.weight_scales[name], second.table.weight_scales[name]) for name in shared)


def test_what_is_kept_says_nothing_of_a_head_and_comes_back_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, _ = float_half(trained("both", 3), tmp_path / "made", None)
    searched: list[int] = []
    search = backbone_scales.searched_rows
    monkeypatch.setattr(
        backbone_scales, "searched_rows", lambda graph, inputs: (searched.append(len(inputs)), search(graph, inputs))[1]
    )
    measured = BackboneScales.of(graph, SHAPE[-1])
    assert searched == [8]  # of the pictures: the search takes most of the time
    heads = [layer for layer in graph.layers if layer.type == "InnerProduct"]
    assert heads and not {layer.name for layer in heads} & set(measured.rows)
    assert not {*graph.outputs(), *(layer.tops[0] for layer in heads)} & set(measured.statistics)
    again = BackboneScales.from_parts(measured.parts(), graph)
    assert list(again.rows) == list(measured.rows) and list(again.statistics) == list(measured.statistics)
    assert all(np.array_equal(again.rows[name], measured.rows[name]) for name in measured.rows)
    assert again.table(graph, photos(3))[0].blob_scales == measured.table(graph, photos(3))[0].blob_scales
    for name, blob in measured.statistics.items():
        assert (again.statistics[name].maximum, again.statistics[name].total) == (blob.maximum, blob.total)
        assert np.array_equal(again.statistics[name].counts, blob.counts)


def above(blob, threshold):
    """The share of a blob's values above the threshold."""
    return blob.counts[int(np.ceil(threshold / blob.interval)) :].sum() / blob.total


def test_photos_with_larger_values_get_room_and_others_change_nothing(graph: Graph) -> None:
    measured = BackboneScales.of(graph, SHAPE[-1])
    loud = photos(3) * np.float32(1.7)  # no picture gives more than 1
    name = graph.layers[0].tops[0]
    table, answers = measured.table(graph, photos(3))
    assert np.array_equal(answers, run_float(graph, photos(3))[graph.outputs()[0]])
    assert measured.table(graph, loud)[0].blob_scales[name] < table.blob_scales[name]
    grey, greyer = (measured.table(graph, photos(3) * np.float32(contrast))[0] for contrast in (0.2, 0.1))
    changed = [name for name in measured.statistics if grey.blob_scales[name] != greyer.blob_scales[name]]
    cut = [above(blob, 127 / table.blob_scales[name]) for name, blob in measured.statistics.items()]
    assert np.median(cut) <= 1e-4  # one of 10,000 values has no room
    assert len(changed) < 5 < len(measured.statistics)  # of 95: two blobs are larger for plain grey than for pictures
    assert all(np.allclose(table.weight_scales[name], row, atol=1e-6) for name, row in measured.rows.items())


def test_where_they_change_an_answer_or_move_the_outputs_too_far_all_tables_are_tried(
    graph: Graph, known: KnownNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scales, "MOST_ERROR", NOISE_ERROR)
    assert choose(graph, known).method == KNOWN
    assert choose(graph, known, method="vendor").method == "vendor"
    searched = choose(graph, known, same=0.9)
    assert searched.method != KNOWN and len(searched.tried) > 1 and searched.vendor is not None
    monkeypatch.setattr(scales, "MOST_ERROR", 1e-9)
    far = choose(graph, known)
    assert far.method == searched.method and far.table.blob_scales == searched.table.blob_scales


@pytest.mark.parametrize(
    "damage",
    [
        {},
        {"counts": b"123"},
        *(
            pytest.param(damage, marks=pytest.mark.soak)
            for damage in ({"names": b"{}"}, {"names": b"[1"}, {"rows": b"1234"})
        ),
    ],
)
@pytest.mark.usefixtures("few_pictures")
def test_what_another_program_has_kept_is_made_again(
    damage: dict[str, bytes], graph: Graph, known: KnownNetwork, tmp_path: Path
) -> None:
    whole = known.scales(graph).parts()
    (file,) = (path for path in (tmp_path / "cache").iterdir() if "-" in path.name)
    BackboneCache(tmp_path / "cache").write(file.stem, {**whole, **damage} if damage else {})
    assert known.scales(graph).parts() == whole
    assert BackboneCache(tmp_path / "cache").read(file.stem) == whole


@pytest.mark.parametrize("foreign", ["of a cut network", "a row too short", "a blob less"])
@pytest.mark.usefixtures("few_pictures")
def test_scales_of_another_network_under_this_name_are_made_again(
    foreign: str, graph: Graph, known: KnownNetwork, tmp_path: Path
) -> None:
    """A whole file that does not fit would fail every conversion."""
    own = known.scales(graph)
    if foreign == "of a cut network":
        other = BackboneScales.of(float_half(trained("block11", 2), tmp_path / "cut", None)[0], SHAPE[-1])
    elif foreign == "a row too short":
        name = next(iter(own.rows))
        other = replace(own, rows={**own.rows, name: own.rows[name][:-1]})
    else:
        other = replace(own, statistics=dict(list(own.statistics.items())[:-1]))
    (file,) = (path for path in (tmp_path / "cache").iterdir() if "-" in path.name)
    BackboneCache(tmp_path / "cache").write(file.stem, other.parts())
    assert known.scales(graph).parts() == own.parts() == BackboneCache(tmp_path / "cache").read(file.stem)


def test_other_code_gives_the_scales_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for source in (fingerprint._source, lambda module: b"another way to prepare a photo"):
        monkeypatch.setattr(fingerprint, "_source", source)
        fingerprint.scales_code.cache_clear()
        names.append(fingerprint.scales_code())
    monkeypatch.setattr(fingerprint, "SCALES", ("spnn",))
    fingerprint.scales_code.cache_clear()
    names.append(fingerprint.scales_code())
    fingerprint.scales_code.cache_clear()
    assert len(set(names)) == 3 and {len(name) for name in names} == {16}


def test_a_file_in_a_folder_of_a_package_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(fingerprint, "SCALES", ("package_of_scales",))
    inner = tmp_path / "package_of_scales" / "inner"
    inner.mkdir(parents=True)
    (inner.parent / "__init__.py").write_text("")
    for content in ("a = 1", "a = 2"):
        (inner / "module.py").write_text(content)
        fingerprint.scales_code.cache_clear()
        names.append(fingerprint.scales_code())
    fingerprint.scales_code.cache_clear()
    assert names[0] != names[1]


class TestDeadLeaves:
    def test_they_are_the_ones_that_the_scales_were_tried_with(self) -> None:
        """Their brightness and contrasts: of sizes, shades, rough surfaces and whatever is brighter than white."""
        pictures = dead_leaves(4, 128).astype(np.float64)
        steps = [np.abs(pictures[:, :, gap:] - pictures[:, :, :-gap]).mean() for gap in (1, 4, 16)]
        assert [pictures.mean(), pictures.std(), *steps] == pytest.approx(
            [130.78, 73.65, 18.15, 46.49, 73.35], rel=0.01
        )

    def test_the_same_numbers_give_the_same_pictures(self) -> None:
        pictures = dead_leaves(2, 64)
        assert pictures.shape == (2, 64, 64, 3) and pictures.dtype == np.uint8
        assert np.array_equal(pictures, dead_leaves(2, 64)) and not np.array_equal(pictures[0], pictures[1])

    def test_they_use_the_whole_range_and_have_edges_of_all_sizes(self) -> None:
        """As in photos, the contrast falls with the size of the detail by about the same factor at each halving."""
        pictures = dead_leaves(PICTURES, 128).astype(np.float64).mean(-1)
        assert pictures.min() < 20 and pictures.max() > 235
        steps = [np.abs(pictures[:, :, gap:] - pictures[:, :, :-gap]).mean() for gap in (1, 4, 16)]
        assert steps[0] > 2 and steps[0] < steps[1] < steps[2] < 6 * steps[0]


def test_statistics_are_taken_over_only_where_nothing_is_larger(graph: Graph) -> None:
    own = collect(graph, photos(3))
    larger = {name: replace(blob, maximum=blob.maximum + 1, total=-1) for name, blob in own.items()}
    smaller = {name: replace(blob, maximum=blob.maximum / 2, total=-1) for name, blob in own.items() if blob.maximum}
    for memory in (1 << 30, 1):  # all photos at once, and one after the other
        assert {blob.total for blob in collect(graph, photos(3), memory, larger).values()} == {-1}
        anew = collect(graph, photos(3), memory, smaller)
        assert all(blob.total == own[name].total for name, blob in anew.items())
        assert all(np.array_equal(blob.counts, own[name].counts) for name, blob in anew.items())
