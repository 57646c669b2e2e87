"""Choose the samples held back for validation by their names and groups. Nothing moves on disk."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from mai.errors import MaiError

NEEDED_PER_LABEL = 2  # one to learn from, one to check with


@dataclass(frozen=True)
class Split:
    """Indices into the samples given, ascending."""

    train: tuple[int, ...]
    validation: tuple[int, ...]

    def of(self, names: Sequence[str]) -> dict[str, list[str]]:
        """The names of the samples on each side, as model.pth keeps them."""
        return {"train": [names[row] for row in self.train], "validation": [names[row] for row in self.validation]}


def split_samples(
    names: Sequence[str],
    classes: Sequence[int],
    labels: Sequence[str],
    train_percent: int,
    seed: int,
    groups: Sequence[Hashable] | None = None,
) -> Split:
    """Split every label by `train_percent`, with at least one sample of it on each side.

    Raises MaiError `too_few_samples` naming the label, its count and the count needed.
    """
    counts = Counter(classes)
    for index, label in enumerate(labels):
        check_count(label, counts[index])
    held_back = hold_back(names, classes, train_percent, seed, groups)
    return Split(tuple(row for row in range(len(names)) if row not in held_back), tuple(sorted(held_back)))


def hold_back(
    names: Sequence[str],
    strata: Sequence[int],
    train_percent: int,
    seed: int,
    groups: Sequence[Hashable] | None = None,
) -> set[int]:
    """The rows held back: of each stratum as near to its share as whole groups allow (`groups` has a key per sample).

    Groups are taken in the order of a hash of seed and first name. So the result is the same on every file system,
    and a sample keeps its side when others are added. A stratum of two samples or more is on both sides, if
    necessary by cutting a group; a stratum of one sample is learnt.
    """
    choice = _Choice(strata, train_percent)
    rows_of: dict[Hashable, list[int]] = defaultdict(list)
    for row in range(len(names)):
        rows_of[groups[row] if groups else row].append(row)
    ordered = sorted(rows_of.values(), key=lambda rows: _place(names, rows, seed))
    of_stratum: dict[int, list[list[int]]] = defaultdict(list)
    for rows in ordered:
        for stratum in {strata[row] for row in rows}:
            of_stratum[stratum].append(rows)
    for stratum in sorted(of_stratum):
        for rows in of_stratum[stratum]:
            if choice.lacks(stratum) and choice.comes_nearer(rows):
                choice.take(rows)
        if choice.held[stratum] == 0 < choice.wanted[stratum]:
            free = [rows for rows in of_stratum[stratum] if choice.leaves_some(rows)]
            singles = [[row] for rows in of_stratum[stratum] for row in rows if strata[row] == stratum]
            singles.sort(key=lambda rows: _place(names, rows, seed))
            taken = min(free, key=len) if free else list(chain(*singles[: choice.wanted[stratum]]))
            choice.take(taken)
    return choice.rows


class _Choice:
    """Rows chosen so far, how many of each stratum are `held` back, and how many are `wanted`."""

    def __init__(self, strata: Sequence[int], train_percent: int) -> None:
        self.rows: set[int] = set()
        self.held: Counter[int] = Counter()
        self._strata = strata
        self._totals = Counter(strata)
        self.wanted = {
            stratum: min(max(round(total * (100 - train_percent) / 100), 1), total - 1)
            for stratum, total in self._totals.items()
        }

    def take(self, rows: Iterable[int]) -> None:
        for row in set(rows) - self.rows:
            self.rows.add(row)
            self.held[self._strata[row]] += 1

    def lacks(self, stratum: int) -> bool:
        return self.held[stratum] < self.wanted[stratum]

    def leaves_some(self, rows: Sequence[int]) -> bool:
        """Whether every stratum still has something to learn from if these rows are held back too."""
        return all(self.held[stratum] + count < self._totals[stratum] for stratum, count in self._counts(rows))

    def comes_nearer(self, rows: Sequence[int]) -> bool:
        """Whether adding these rows brings the counts of all strata nearer to what is wanted."""
        if rows[0] in self.rows or not self.leaves_some(rows):
            return False
        missing = [(self.wanted[stratum] - self.held[stratum], count) for stratum, count in self._counts(rows)]
        return sum(abs(count) - abs(count - added) for count, added in missing) > 0

    def _counts(self, rows: Sequence[int]) -> Iterable[tuple[int, int]]:
        return Counter(self._strata[row] for row in rows).items()


def _place(names: Sequence[str], rows: Sequence[int], seed: int) -> tuple[bytes, str]:
    first = min(names[row] for row in rows)
    return hashlib.sha256(f"{seed}:{first}".encode()).digest(), first


def check_count(label: str, count: int) -> None:
    if count < NEEDED_PER_LABEL:
        raise MaiError(
            "too_few_samples",
            label=label,
            count=count,
            needed=NEEDED_PER_LABEL,
        )


def check_usable(labels: Sequence[str], found: Sequence[int], usable: Sequence[int]) -> None:
    """Check that enough samples remain after those that cannot be used were left out.

    `found` and `usable` hold the class of each sample before and after.
    Raises MaiError `too_few_usable` naming the label, both counts and the count needed.
    """
    before, after = Counter(found), Counter(usable)
    for index, label in enumerate(labels):
        if after[index] < NEEDED_PER_LABEL:
            raise MaiError(
                "too_few_usable",
                label=label,
                count=after[index],
                total=before[index],
                needed=NEEDED_PER_LABEL,
            )
