"""Read the sets of samples of a conversion once: calibration, selection, held back."""

from __future__ import annotations

from dataclasses import dataclass

from mai.convert.choose_samples import CALIBRATION, HELD_BACK, choose_samples
from mai.convert.evaluation.samples import Evaluation, Samples
from mai.errors import MaiError
from mai.models.registry import LoadedModel


@dataclass(frozen=True)
class SampleSets:
    """`calibration` measures the scales, `selection` chooses among tables, `held_back` is only used at the end.

    `learnt`: training samples that are added when board and float network are compared and too few are held back.
    `held_back_of`: how many the training held back; of many, an even part is used.
    """

    calibration: Samples
    selection: Samples
    held_back: Samples
    learnt: Samples
    held_back_of: int

    @property
    def compared(self) -> tuple[Samples, ...]:
        """The samples on which board and float network are compared: those held back, and `learnt` if there are any."""
        return (self.held_back, self.learnt) if len(self.learnt) else (self.held_back,)


def load_sets(
    trained: LoadedModel, evaluation: Evaluation, held_back: int = HELD_BACK, calibration: int = CALIBRATION
) -> SampleSets:
    """At most `held_back` samples are used at the end, about `calibration` measure the scales.

    Raises MaiError `samples_missing` if a set is empty.
    """
    train, validation = (trained.split.get(side, []) for side in ("train", "validation"))
    chosen = choose_samples(train, validation, evaluation.label_of, calibration, held_back=held_back)
    parts = (chosen.calibration, chosen.selection, chosen.held_back, chosen.learnt)
    loaded = [evaluation.load(names) for names in parts]
    if not all(map(len, loaded[:3])):
        raise MaiError(
            "samples_missing",
        )
    measured, selection, asked, learnt = loaded
    return SampleSets(measured, selection, asked, learnt, held_back_of=len(validation))
