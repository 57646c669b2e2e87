"""Labels left out in turn: how often is what was never learnt noticed?"""

import torch
from mai.train import left_out as module
from mai.train.left_out import MOST_LABELS, ask_left_out
from mai.train.linear_head import fit_head


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
    assert found.checked == 120 and found.right >= 100
    # its photos look as those of another label
    features, labels = blobs(3, 30, 4.0, spoilt=2)
    alike = ask_left_out(features, labels, 3, torch.arange(90), 1e-3, 0)
    assert alike.right <= 45


def test_two_labels_and_few_scenes_say_nothing():
    features, labels = blobs(2, 30, 4.0)
    assert ask_left_out(features, labels, 2, torch.arange(60), 1e-3, 0) is None
    features, labels = blobs(3, 30, 4.0)
    assert ask_left_out(features, labels, 3, torch.arange(90) // 10, 1e-3, 0) is None


def test_scenes_count_once_and_of_many_labels_five_are_left_out():
    features, labels = blobs(8, 30, 4.0)
    found = ask_left_out(features, labels, 8, torch.arange(240) // 3, 1e-3, 0)
    assert found.checked == 30 * MOST_LABELS
    assert round(found.independent) == 10 * MOST_LABELS


def test_the_head_never_learns_the_label_that_is_left_out(monkeypatch):
    seen = []

    def fit(features, *rest):
        seen.append(len(features))
        return fit_head(features, *rest)

    monkeypatch.setattr(module, "fit_head", fit)
    features, labels = blobs(3, 30, 4.0)
    ask_left_out(features, labels, 3, torch.arange(90), 1e-3, 0)
    assert seen == [60, 60, 60]
