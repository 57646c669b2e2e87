"""Choose the photos of a VOC data set to hold back: by the IDE's lists if both exist, else by names and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from mai import events
from mai.data.findings import Findings
from mai.data.split import Split, hold_back
from mai.data.stored_name import find_stored
from mai.data.voc import AnnotatedPhoto

BACKGROUND = -1
MAX_LIST_BYTES = 16 << 20
EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".xml")


def split_voc(
    samples: Sequence[AnnotatedPhoto],
    dataset: Path,
    train_percent: int,
    seed: int,
    groups: Sequence[int] | None = None,
) -> Split:
    """Indices into `samples`. At least two samples have boxes; both sides get one of these.

    The project's own lists win over `groups` (one key per sample, as for `hold_back`).
    """
    return listed_split(samples, dataset) or stratified_split(samples, train_percent, seed, groups)


def listed_split(samples: Sequence[AnnotatedPhoto], dataset: Path) -> Split | None:
    """That of the project's own lists, with notices; None where they cannot be used."""
    folder = dataset / "ImageSets" / "Main"
    index = {sample.id: number for number, sample in enumerate(samples)}
    train, validation = (_read_ids(folder / f"{side}.txt", index) for side in ("train", "val"))
    if not train or not validation:
        return None
    findings = Findings()
    for name in dict.fromkeys(train + validation):
        if name not in index:
            findings.add("split_ids_missing", name)
    held_back = {name for name in validation if name in index}
    for name in dict.fromkeys(train):
        if name in held_back:
            findings.add("split_ids_in_both", name)
    learnt = {name for name in train if name in index} - held_back
    if not all(any(len(samples[index[name]].boxes) for name in side) for side in (learnt, held_back)):
        events.notice(
            "split_lists_unusable",
        )
        return None
    for sample in samples:
        if sample.id not in learnt and sample.id not in held_back:
            findings.add("photos_not_listed", sample.id)
    findings.notify()
    return Split(
        tuple(number for number, sample in enumerate(samples) if sample.id in learnt),
        tuple(number for number, sample in enumerate(samples) if sample.id in held_back),
    )


def _read_ids(file: Path, stems: Iterable[str]) -> list[str]:
    """One id per line, as the stem it is stored under; as it is where there is none."""
    if not file.is_file() or file.is_symlink() or file.stat().st_size > MAX_LIST_BYTES:
        return []
    lines = (line.strip() for line in file.read_text(encoding="utf-8-sig", errors="replace").splitlines())
    readings = [_readings(line) for line in lines if line]
    wanted = list(dict.fromkeys(name for names in readings for name in names))
    found = find_stored(stems, wanted, stems=True)
    return [next((found[name] for name in names if name in found), names[-1]) for names in readings]


def _readings(line: str) -> list[str]:
    """Possible ids, plainest last: VOC's lists may add a number, other tools an extension; `cat 1` can be a name."""
    readings = [line]
    head, _, tail = line.rpartition(" ")
    if head.strip() and tail in ("1", "0", "-1"):
        readings.append(head.strip())
    return readings + [PurePath(name).stem for name in readings if name.lower().endswith(EXTENSIONS)]


def stratified_split(
    samples: Sequence[AnnotatedPhoto], train_percent: int, seed: int, groups: Sequence[int] | None = None
) -> Split:
    """Split every stratum by `train_percent`, as in classification; the photo of a stratum of one is learnt."""
    held_back = hold_back([sample.name for sample in samples], strata_of(samples), train_percent, seed, groups)
    if not any(len(samples[number].boxes) for number in held_back):
        # Every label on one photo only: one of them must do for checking.
        held_back.add(min(number for number, sample in enumerate(samples) if len(sample.boxes)))
    train = tuple(number for number in range(len(samples)) if number not in held_back)
    return Split(train, tuple(sorted(held_back)))


def strata_of(samples: Sequence[AnnotatedPhoto]) -> list[int]:
    """What each photo counts for: its rarest label, so that rare labels are on both sides; BACKGROUND has none."""
    photos_of = Counter(label for sample in samples for label in set(sample.classes.tolist()))
    return [
        min(set(sample.classes.tolist()), key=lambda label: (photos_of[label], label), default=BACKGROUND)
        for sample in samples
    ]
