"""Short form of `npm run bench -- truth:twins`: the accuracy shown for bursts is about that on new scenes."""

import pytest
from truth_parts import mean

from truth.parts import twins  # isort: skip


@pytest.mark.parametrize(("projects", "drawn"), [(2, 16), pytest.param(3, 16, marks=pytest.mark.soak)])
def test_bursts_are_not_shown_better_than_they_are(projects, drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(twins, "ENOUGH_LABELS", 1)  # no more projects than asked for
    found = {figure.name: figure for figure in twins.bursts(projects, 0, (3,), drawn, tmp_path)}
    assert found["cross_validation_3"].details["true"] < 85  # or the photos are too easy to show anything
    assert mean(found["held_back_3"]) <= 15 and mean(found["cross_validation_3"]) <= 15


def test_no_scene_with_boxes_is_on_both_sides():
    assert max(twins.boxes(2, 0).values) == 0
