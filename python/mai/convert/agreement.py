"""Count how often the board gives the same answer as the float network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mai.convert.evaluation.samples import Comparison, Samples
from mai.quality.accuracy import Measured, measure_alike


def agreement_of(parts: Iterable[tuple[Samples, Comparison]]) -> Measured:
    """The agreement over all samples of all parts together."""
    same: list[bool] = []
    scenes: list[int] = []
    for samples, comparison in parts:
        changed = {entry["file"] for entry in comparison.changed}
        scenes += [len(same) + scene for scene in samples.scenes]
        same += [name not in changed for name in samples.names]
    return measure_alike(same, scenes)


def agreement_fields(measured: Measured) -> dict[str, Any]:
    """For event and report: `same` of `compared`; of 100 other samples expect `expect_least` to `expect_most`."""
    fields = measured.fields()
    return {
        "same": measured.right, "compared": measured.checked,
        "expect_least": fields["expect_least"], "expect_most": fields["expect_most"],
    }  # fmt: skip
