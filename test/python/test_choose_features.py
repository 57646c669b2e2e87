"""The instant model reads those features of EfficientNet-Lite0 that know the photos best."""

import numpy as np
import pytest
import torch
from mai.models.efficientnet_lite import FEATURES, LAST_FEATURES
from mai.models.registry import build_model
from mai.models.weights import SUBSTITUTES, bundled_start, load_start
from mai.train.classification.choose_features import READS, choose_features, fit_reading, reduced
from mai.train.classification.first_answer import with_head
from mai.train.features.folds import stratified_folds
from mai.train.features.linear_head import _out_of_fold, _rotated
from mai.train.features.photo_features import feature_network
from truth_parts import figures  # noqa: F401 - puts tools/bench on the path

from truth.digits import on_paper  # isort: skip
from truth.parts.features import choose_and_ask  # isort: skip

pytestmark = pytest.mark.usefixtures("one_thread")

KIND = "IMAGE_CLASSIFICATION"
COUNT, CLASSES = 60, 3
LABELS = torch.arange(COUNT) % CLASSES
BLOCK11 = slice(LAST_FEATURES, None)


def noise(seed=0):
    return torch.randn(COUNT, FEATURES["both"], generator=torch.Generator().manual_seed(seed))


def marked(values, columns, labels, strength=8.0):
    """Three columns of a part, one a label, are lifted for its samples."""
    values[:, columns][:, :CLASSES] += strength * torch.eye(CLASSES)[labels]
    return values


def chosen(values, labels=LABELS, train=None, **more):
    rows = torch.arange(COUNT) if train is None else train
    return choose_features(values, labels, CLASSES, rows, 0, **more).reads


def test_it_reads_where_the_labels_are_told_apart():
    assert chosen(marked(noise(), slice(0, LAST_FEATURES), LABELS)) == "last"
    assert chosen(marked(noise(), BLOCK11, LABELS)) == "block11"


def test_it_reads_both_where_each_part_knows_something_else():
    values = marked(noise(), slice(0, LAST_FEATURES), (LABELS > 0).long(), 12.0)
    values = marked(values, BLOCK11, (LABELS > 1).long(), 12.0)
    assert chosen(values) == "both"


@pytest.mark.parametrize("seed", range(3))
def test_chance_is_no_reason_to_read_both(seed):
    labels = torch.randint(0, CLASSES, (COUNT,), generator=torch.Generator().manual_seed(seed))
    assert chosen(noise(seed), labels) != "both"


@pytest.mark.parametrize(("small", "reads"), [(4, "both"), (8, "one of them")])
def test_few_samples_of_a_label_beside_many_choose_no_part_by_chance(small, reads):
    """From 1 to 4 on: as for the notice, even labels and nearly even ones choose as before."""
    rng = torch.Generator().manual_seed(0)
    labels = torch.tensor([0] * 20 + [1] * small)
    values = torch.randn(len(labels), FEATURES["both"], generator=rng)
    found = choose_features(values, labels, 2, torch.arange(len(labels)), 0).reads
    assert (found == "both") == (reads == "both")


def test_few_samples_that_are_sure_choose_the_part_that_knows_them():
    labels = torch.tensor([0] * 40 + [1] * 8)
    values = torch.randn(len(labels), FEATURES["both"], generator=torch.Generator().manual_seed(0))
    marked(values, BLOCK11, labels, 30.0)
    assert choose_features(values, labels, 2, torch.arange(len(labels)), 0).reads == "block11"


def test_a_part_of_large_numbers_does_not_drown_the_other():
    values = marked(noise(), slice(0, LAST_FEATURES), (LABELS > 0).long(), 12.0)
    values = marked(values, BLOCK11, (LABELS > 1).long(), 12.0)
    values[:, :LAST_FEATURES] *= 100
    assert chosen(values) == "both"


def test_photos_held_back_have_no_say():
    """The last features mistake a fifth of the photos for others: for those the weaker ones are better."""
    values, learnt = noise(), torch.arange(COUNT) >= COUNT // 5
    marked(values, slice(0, LAST_FEATURES), torch.where(learnt, LABELS, (LABELS + 1) % CLASSES), 16.0)
    marked(values, BLOCK11, LABELS, 4.0)
    among = ("last", "block11")
    assert chosen(values, among=among) == "block11"
    assert chosen(values, train=learnt.nonzero().flatten(), among=among) == "last"


def test_only_what_is_offered_is_read():
    assert chosen(marked(noise(), BLOCK11, LABELS), among=("last",)) == "last"


@pytest.mark.parametrize("reads", READS)
def test_the_network_of_a_head_answers_as_the_head_does(reads):
    images = torch.rand(4, 3, 224, 224, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        features = feature_network(bundled_start(), torch.device("cpu")).features(images)
    assert features.shape == (4, FEATURES["both"])
    head = fit_reading(features, torch.tensor([0, 1, 0, 1]), 2, 0.01, reads)
    with torch.no_grad():
        expected = features @ head.weight.T + head.bias
        assert torch.allclose(with_head(reads, head)(images), expected, atol=2e-3)
    assert reduced(head, reads).weight.shape == (2, FEATURES[reads])


def test_the_cut_network_has_the_first_blocks_and_their_weights():
    cut = build_model(KIND, SUBSTITUTES["block11"], 2)
    load_start(cut, bundled_start(SUBSTITUTES["block11"]))
    whole = build_model(KIND, SUBSTITUTES["last"], 2)
    load_start(whole, bundled_start())
    own, other = cut.state_dict(), whole.state_dict()
    assert {key for key in other if key not in own} == {
        key for key in other if key.startswith(("_blocks.12.", "_blocks.13.", "_blocks.14.", "_blocks.15.",
                                                "_conv_head.", "_bn1."))}  # fmt: skip
    assert all(torch.equal(value, other[key]) for key, value in own.items() if not key.startswith("classifier"))


def test_fewer_coordinates_change_no_answer():
    values = marked(noise(), BLOCK11, LABELS, 2.0)
    folds = stratified_folds(LABELS, 0)
    plain, turned = (_out_of_fold(given, LABELS, CLASSES, folds, 0.01) for given in (values, _rotated(values)))
    assert _rotated(values).shape == (COUNT, COUNT) and torch.allclose(plain, turned, atol=1e-3)


def test_the_bench_asks_fresh_photos():
    pool = marked(noise(), BLOCK11, LABELS), LABELS
    found = choose_and_ask(pool, 8, 0)
    assert found["reads"] == "block11" and found["chosen"] == found["block11"] > 90 > found["last"]


def test_digits_are_drawn_darker_than_their_paper():
    strokes = np.zeros((28, 28), np.uint8)
    strokes[8:20, 12:16] = 255
    photo = on_paper(np.random.default_rng(0), strokes).astype(float).mean(2)
    assert photo.shape == (224, 224)
    ink = photo < photo.mean() - 2 * photo.std()
    assert 0.005 < ink.mean() < 0.1
