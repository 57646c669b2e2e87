"""Which samples measure the scales, choose among the tables and are compared."""

from __future__ import annotations

import pytest
from conversion_samples import label_of, names
from mai.convert.choose_samples import COMPARED, choose_samples, evenly


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
