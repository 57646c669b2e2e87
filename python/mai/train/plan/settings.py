"""Settings that cannot be used as asked for: what is used instead, and the notices about it."""

from __future__ import annotations

import re

from mai import events
from mai.config import Project, default_network
from mai.models.registry import BLOCKS, FAMILIES


def notify_adjusted(project: Project) -> None:
    """A notice for each setting that project.json gives and that had to be changed when it was read."""
    for one in project.adjusted:
        _notify(one.setting, one.before, one.after)


def named_network(project: Project) -> str | None:
    """The network of the project's type that modelType names, in any spelling; None where there is none such."""
    # "blocks" is no name to choose: without a program there is nothing to build.
    known = {plain_name(name): name for name in FAMILIES[project.type] if name != BLOCKS}
    return known.get(plain_name(project.train.model_type))


def network_or_default(project: Project) -> str:
    """The network that modelType names; the type's default, and a notice, where there is none such."""
    named = named_network(project)
    if named is not None:
        return named
    return notify_default(project)


def notify_default(project: Project) -> str:
    """What is trained where modelType names nothing, with a notice."""
    default = default_network(project.type, project.board)
    _notify("modelType", project.train.model_type[:40], default)
    return default


def plain_name(name: str) -> str:
    """The same for every spelling of a network's name."""
    return re.sub(r"[\s_]+", "-", name.lower())


def _notify(setting: str, before: str, after: str) -> None:
    events.notice(
        "setting_adjusted",
        setting=setting,
        before=before,
        after=after,
    )


def batch_within(asked: int, samples: int, in_all: int) -> int:
    """No more than the samples of an epoch. A notice says so where it is more than the whole data set has.

    `in_all` counts the held-back samples too: that a batch is cut to what is left for learning is no news to a pupil.
    """
    if asked > max(samples, in_all):
        events.notice(
            "batch_larger_than_data",
            before=asked,
            samples=in_all,
            after=samples,
        )
    return min(asked, samples)
