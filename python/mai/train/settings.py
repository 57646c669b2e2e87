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


def batch_within(asked: int, samples: int) -> int:
    """No more than the samples of an epoch; a notice says so."""
    if asked <= samples:
        return asked
    events.notice(
        "batch_larger_than_data",
        f"batch_size is {asked}, but an epoch has {samples} samples: going on with {samples}",
        before=asked, after=samples,
    )
    return samples
