"""Notify pupils about photos that show the same scene again and again, and about clips that are copies."""

from __future__ import annotations

from collections.abc import Sequence

from mai import events
from mai.data.findings import names_of
from mai.data.groups import Groups
from mai.data.split import Split

ENOUGH = 10  # scenes per label; with fewer, new places help more than more photos
FRAMES = 2  # mean samples per scene from which on a notice is sent


def notify_few_scenes(groups: Groups, strata: Sequence[int], labels: Sequence[str], split: Split) -> None:
    """Notices for photos of few scenes, and for labels that could not be validated with a scene of their own."""
    few = _of_few(groups, strata, labels)
    if few:
        photos, scenes = _counts(groups, strata, few)
        names = names_of([labels[label] for label in few])
        events.notice(
            "photos_of_few_scenes",
            count=photos,
            scenes=scenes,
            names=names,
        )
    _notify_twins("label_of_one_scene", groups, strata, labels, split)


def notify_copies(groups: Groups, strata: Sequence[int], labels: Sequence[str], split: Split) -> None:
    """The same for clips: only copies of one recording are that similar."""
    count, different = len(strata), groups.count()
    if different < count:
        events.notice(
            "clips_are_copies",
            count=count,
            different=different,
        )
    _notify_twins("label_of_one_clip", groups, strata, labels, split)


def notify_shared_by_lists(groups: Groups, split: Split) -> None:
    """For boxes: the project's own lists are used even if both have photos of the same scene; a notice says so."""
    twins = groups.twins(split.train, split.validation)
    if twins:
        events.notice(
            "lists_share_scenes",
            count=len(twins),
            total=len(split.validation),
        )


def scenes_for_report(groups: Groups, split: Split) -> dict[str, int]:
    """`held_back`: scenes among the samples held back; `twins`: of these samples, those with a scene that is learnt."""
    return {
        "scenes": groups.count(),
        "held_back": groups.count(split.validation),
        "twins": len(groups.twins(split.train, split.validation)),
    }


def scene_findings(
    groups: Groups, strata: Sequence[int], labels: Sequence[str], split: Split
) -> list[dict[str, object]]:
    """The same as data: `few_scenes` and `one_scene`, each with its labels."""
    few, single = _of_few(groups, strata, labels), _with_twins(groups, strata, split)
    found: list[dict[str, object]] = []
    for code, indices in (("few_scenes", few), ("one_scene", single)):
        if indices:
            photos, scenes = _counts(groups, strata, indices)
            names = [labels[label] for label in indices]
            found.append({"code": code, "count": photos, "labels": names, "scenes": scenes, "files": []})
    return found


def _of_few(groups: Groups, strata: Sequence[int], labels: Sequence[str]) -> list[int]:
    """Labels whose samples show few scenes, each several times."""
    found = []
    for label in range(len(labels)):
        photos, scenes = _counts(groups, strata, [label])
        if scenes < ENOUGH and photos >= FRAMES * scenes > 0:
            found.append(label)
    return found


def _counts(groups: Groups, strata: Sequence[int], labels: Sequence[int]) -> tuple[int, int]:
    wanted = set(labels)
    rows = [row for row, label in enumerate(strata) if label in wanted]
    return len(rows), groups.count(rows)


def _notify_twins(code: str, groups: Groups, strata: Sequence[int], labels: Sequence[str], split: Split) -> None:
    found = _with_twins(groups, strata, split)
    if found:
        names = names_of([labels[label] for label in found])
        events.notice(code, count=len(found), names=names)


def _with_twins(groups: Groups, strata: Sequence[int], split: Split) -> list[int]:
    """Labels of samples held back whose scene is learnt too."""
    return sorted({strata[row] for row in groups.twins(split.train, split.validation) if strata[row] >= 0})
