"""Settings that cannot be kept as they were asked for: what is taken in their place, and the notices that say so."""

from __future__ import annotations

from mai import events
from mai.config import Project


def tell_adjusted(project: Project) -> None:
    """A notice for each setting that project.json gives and that had to be changed when it was read."""
    for setting, before, after in ((one.setting, one.before, one.after) for one in project.adjusted):
        events.notice(
            "setting_adjusted",
            f"{setting} is {before}, which cannot be used: going on with {after}",
            setting=setting, before=before, after=after,
        )


def batch_within(asked: int, samples: int, in_all: int) -> int:
    """No more than the samples of an epoch. A notice says so where it is more than the whole data set has.

    `in_all` counts the held-back samples too: that a batch is cut to what is left for learning is no news to a pupil.
    """
    if asked > max(samples, in_all):
        events.notice(
            "batch_larger_than_data",
            f"batch_size is {asked}, but the project has {in_all} samples: going on with {samples}",
            before=asked, samples=in_all, after=samples,
        )
    return min(asked, samples)
