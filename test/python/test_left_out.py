"""Labels left out in turn: how often is what was never learnt noticed?"""

import torch
from mai.train.classification import left_out as module
from mai.train.classification.left_out import MOST_LABELS, MOST_PHOTOS, ask_left_out
from mai.train.features.linear_head import fit_head


def blobs(labels: int, each: int, apart: float, spoilt: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Features around one corner for each label; those of `spoilt` lie where label 0's do."""
    rng = torch.Generator().manual_seed(0)
    which = torch.arange(labels).repeat_interleave(each)
    centres = torch.eye(labels, 32) * apart
    if spoilt is not None:
        centres[spoilt] = centres[0]
    return centres[which] + 0.3 * torch.randn(len(which), 32, generator=rng), which


def test_what_lies_apart_is_noticed_and_what_lies_among_the_others_is_not():
    features, labels = blobs(4, 30, 4.0)
    found = ask_left_out(features, labels, 4, torch.arange(120), 1e-3, 0)
    assert found.measured.checked == 120 and found.measured.right >= 100
    assert found.fields().items() >= {"hidden": 4, "labels": 4, "checked": 120}.items()
    # its photos look as those of another label
    features, labels = blobs(3, 30, 4.0, spoilt=2)
    alike = ask_left_out(features, labels, 3, torch.arange(90), 1e-3, 0)
    assert alike.measured.right <= 45


def test_two_labels_and_few_scenes_say_nothing():
    features, labels = blobs(2, 30, 4.0)
    assert ask_left_out(features, labels, 2, torch.arange(60), 1e-3, 0) is None
    features, labels = blobs(3, 30, 4.0)
    assert ask_left_out(features, labels, 3, torch.arange(90) // 10, 1e-3, 0) is None


def test_scenes_count_once_and_of_many_labels_five_are_left_out():
    features, labels = blobs(8, 30, 4.0)
    found = ask_left_out(features, labels, 8, torch.arange(240) // 3, 1e-3, 0)
    assert (found.measured.checked, found.hidden, found.labels) == (30 * MOST_LABELS, MOST_LABELS, 8)
    assert round(found.measured.independent) == 10 * MOST_LABELS


def test_of_many_photos_a_part_is_asked_as_many_of_each_label(monkeypatch):
    seen = []

    def fit(features, labels, *rest):
        seen.append(labels.bincount().tolist())
        return fit_head(features, labels, *rest)

    monkeypatch.setattr(module, "fit_head", fit)
    features, labels = blobs(4, 100, 4.0)
    rows = torch.cat([torch.arange(10), torch.arange(100, 400)])  # 10 of label 0, 100 of each other
    found = ask_left_out(features[rows], labels[rows], 4, rows, 1e-3, 0)
    assert seen == [[80, 80, 80]] + [[10, 80, 80]] * 3
    assert found.measured.checked == MOST_PHOTOS


def test_a_label_without_photos_in_the_part_is_no_fault():
    features, labels = blobs(3, 30, 4.0)
    found = ask_left_out(features, labels + 1, 4, torch.arange(90), 1e-3, 0)
    assert (found.measured.checked, found.hidden, found.labels) == (90, 3, 4)


def test_the_head_never_learns_the_label_that_is_left_out(monkeypatch):
    seen = []

    def fit(features, *rest):
        seen.append(len(features))
        return fit_head(features, *rest)

    monkeypatch.setattr(module, "fit_head", fit)
    features, labels = blobs(3, 30, 4.0)
    ask_left_out(features, labels, 3, torch.arange(90), 1e-3, 0)
    assert seen == [60, 60, 60]
