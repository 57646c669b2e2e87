"""The quick first model: honest accuracy, photos with a wrong label found, features computed once."""

import pytest
import torch
from mai.config import read_project
from mai.data.groups import alone
from mai.data.images import index_photos
from mai.data.preprocess import PREPROCESS
from mai.data.split import split_samples
from mai.data.store import load_photos
from mai.models.registry import load_model
from mai.models.weights import SUBSTITUTES
from mai.train.classification.instant import train_instant
from mai.train.classification.photos import Photos
from mai.train.classification.suspects import find_suspects
from mai.train.engine.precision import Precision
from mai.train.features import photo_features as feature_module
from mai.train.features.folds import stratified_folds
from mai.train.features.linear_head import CrossValidation, cross_validate, fit_head, second_look
from mai.train.plan.plan import plan_in
from photo_project import events_of, make_project, photo

pytestmark = pytest.mark.usefixtures("one_thread")

FLIPPED = {"dataset/blue/90.png", "dataset/red/90.png"}


def instant(root, capsys):
    project = read_project(root)
    photos = index_photos(project.dataset, project.labels)
    store = load_photos(photos, 224, root / "cache")
    names, labels = [p.name for p in store.photos], [p.label for p in store.photos]
    split = split_samples(names, labels, project.labels, 80, 0)
    chosen = Photos(store, split, alone(len(names)))
    result = train_instant(plan_in(root, project), chosen, Precision(torch.device("cpu"), None))
    (emitted,) = [e for e in events_of(capsys.readouterr().out) if e["event"] == "instant_model"]
    return result, emitted


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Twelve photos per label and one of each under the other's label."""
    root = make_project(tmp_path_factory.mktemp("project"), per_label=12)
    photo(1, 90).save(root / "dataset/blue/90.png")
    photo(0, 90).save(root / "dataset/red/90.png")
    return root


def test_it_is_right_saves_a_model_and_finds_what_is_mislabelled(root, capsys):
    result, emitted = instant(root, capsys)
    assert emitted["accuracy"] >= 80 and emitted["accuracy"] == pytest.approx(result.accuracy, abs=0.01)
    assert {suspect["file"] for suspect in emitted["suspects"]} == FLIPPED
    assert {(s["label"], s["suggestion"]) for s in emitted["suspects"]} == {("blue", "red"), ("red", "blue")}
    assert (emitted["computed"], emitted["cached"]) == (26, 0)

    loaded = load_model(root / "instant/model.pth")
    assert (loaded.name, loaded.labels) == (SUBSTITUTES[result.reads], ("blue", "red"))
    assert not set(loaded.split["train"]) & set(loaded.split["validation"])
    project = read_project(root)
    held_back = [p for p in index_photos(project.dataset, project.labels) if p.name in loaded.split["validation"]]
    store = load_photos(held_back, 224, root / "cache")
    with torch.inference_mode():
        answers = loaded.module(PREPROCESS(store.pixels)).argmax(1)
    assert (answers == store.labels).float().mean().item() * 100 == pytest.approx(emitted["accuracy"], abs=0.01)


def test_only_new_photos_are_computed_and_a_rename_is_not_new(root, capsys):
    instant(root, capsys)
    (root / "dataset/blue/00.png").rename(root / "dataset/blue/renamed.png")
    for number in range(40, 43):
        photo(0, number).save(root / f"dataset/blue/{number}.png")
    _, emitted = instant(root, capsys)
    assert (emitted["computed"], emitted["cached"]) == (3, 26)


def test_a_damaged_cache_is_computed_again(root, capsys):
    before, _ = instant(root, capsys)
    (root / "cache" / feature_module.CACHE_FILE).write_bytes(b"damaged")
    after, emitted = instant(root, capsys)
    assert emitted["cached"] == 0
    assert torch.equal(before.head.weight, after.head.weight)


def test_arrows_are_not_mirrored_but_discs_may_be(tmp_path, root, capsys):
    assert instant(root, capsys)[0].mirrors == (True, True)
    arrows = make_project(tmp_path / "arrows", per_label=0, labels=("left", "right"))
    for number in range(12):
        picture = photo(1, number)
        picture.paste((250, 250, 60), (4, 12, 22, 52))
        picture.save(arrows / f"dataset/left/{number}.png")
        picture.transpose(0).save(arrows / f"dataset/right/{number}.png")
    assert instant(arrows, capsys)[0].mirrors == (False, False)


def blobs(count, classes, seed=0):
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    return torch.randn(count, 20, generator=rng) + 3 * torch.eye(20)[labels], labels


def test_cross_validation_answers_for_every_sample_unseen():
    rng = torch.Generator().manual_seed(1)
    noise = torch.randint(0, 3, (120,), generator=rng)
    checked = cross_validate(torch.randn(120, 500, generator=rng), noise, 3, seed=0)
    assert checked.accuracy < 60  # though a head that had seen them would know all by heart
    assert cross_validate(*blobs(120, 3), 3, seed=0).accuracy > 90
    assert torch.allclose(checked.probabilities.sum(1), torch.ones(120), atol=1e-4)


def test_the_head_is_linear_in_raw_features():
    features, labels = blobs(60, 3)
    head = fit_head(features * 50 + 7, labels, 3, 0.001)
    assert (head.probabilities(features * 50 + 7).argmax(1) == labels).float().mean() > 0.95
    assert head.weight.shape == (3, 20) and head.bias.shape == (3,)


@pytest.mark.parametrize(("counts", "folds"), [((2, 9), 5), ((2, 2), 4), ((4, 4), 5), ((50, 50), 5), ((3,) * 20, 5)])
def test_folds_hold_every_class_evenly(counts, folds):
    """A class of two samples does not leave the others with two folds, nor are all small ones in the first folds."""
    labels = torch.cat([torch.full((count,), c) for c, count in enumerate(counts)])
    which = stratified_folds(labels, 0)
    assert int(which.max()) + 1 == folds
    for c, count in enumerate(counts):
        held_out = which[labels == c].bincount(minlength=folds)
        assert held_out.max() - held_out.min() <= 1 and held_out.sum() == count
    sizes = which.bincount(minlength=folds)
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_in_one_fold_and_no_class_is_missing_where_it_is_asked_for(seed):
    rng = torch.Generator().manual_seed(seed)
    groups = torch.randint(0, 12, (200,), generator=rng)
    labels = torch.where(torch.rand(200, generator=rng) < 0.2, torch.randint(0, 3, (200,), generator=rng), groups % 3)
    which = stratified_folds(labels, seed, groups)
    for group in groups.unique():
        assert len(which[groups == group].unique()) == 1
    for fold in which.unique():
        assert set(labels[which == fold].tolist()) <= set(labels[which != fold].tolist())


def test_suspects_are_sure_and_sorted():
    probabilities = torch.tensor([[0.9, 0.1], [0.24, 0.76], [0.15, 0.85], [0.05, 0.95]])
    found = find_suspects(probabilities, torch.tensor([0, 0, 0, 0]), list("abcd"), ["x", "y"])
    assert [(s.file, s.label, s.suggestion) for s in found] == [("d", "x", "y"), ("c", "x", "y")]


def test_the_second_look_learns_only_from_what_the_first_one_agreed_with():
    features, labels = blobs(60, 3)
    wrong = (labels == 0) & (torch.arange(60) % 2 == 0)  # half of a label under another one
    flipped = torch.where(wrong, 1, labels)
    agreed = CrossValidation(0.001, torch.eye(3)[labels], 0.0, 5)  # with the true ones alone
    without = second_look(features, flipped, 3, agreed, seed=0)
    assert (without.argmax(1) == labels).float().mean() > 0.9 and not torch.equal(without, agreed.probabilities)
    with_all = second_look(features, flipped, 3, CrossValidation(0.001, torch.eye(3)[flipped], 0.0, 5), seed=0)
    assert with_all[wrong, 0].mean() < without[wrong, 0].mean() - 0.2


def test_the_second_look_keeps_the_first_answers_where_a_label_would_have_nothing_left():
    features, labels = blobs(20, 2)
    nothing_right = CrossValidation(0.001, torch.eye(2)[1 - labels], 0.0, 5)
    assert torch.equal(second_look(features, labels, 2, nothing_right, seed=0), nothing_right.probabilities)
