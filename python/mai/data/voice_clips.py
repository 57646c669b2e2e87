"""Find and decode the clips of a voice project, and cut or fill them to the same length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mai import events
from mai.data.audio import Clip, ClipError, read_clip
from mai.data.findings import Findings, names_of
from mai.data.label_folders import check_label_count, labelled_files
from mai.data.voice_labels import noise_labels
from mai.data.voice_silence import MUTED_SHARE, judge_silence
from mai.data.voice_window import choose_frames, fit, window_samples
from mai.errors import MaiError
from mai.voice.features import SAMPLE_RATE

MAX_TOTAL_SECONDS = 7200.0  # two hours are 635 MB of samples
NEARLY_EQUAL = 0.1  # lengths this near to the common one need no notice


@dataclass(frozen=True)
class ClipFile:
    """`name` is the path relative to the project folder, with forward slashes, as kept in model.pth.

    `may_be_silent`: its label is called noise or silence.
    """

    path: Path
    name: str
    label: int
    may_be_silent: bool = False

    @property
    def display_name(self) -> str:
        """The name in a sentence: label and file."""
        return self.name.split("/", 2)[2]


@dataclass(frozen=True)
class ClipSet:
    """`samples` int16 (clips, window) at 44.1 kHz, `labels` int64 (clips,), `frames`: the features' width."""

    samples: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    frames: int


def index_clips(dataset: Path, labels: Sequence[str]) -> list[ClipFile]:
    """Every file in `dataset/sound/<label>/`, sorted by name; hidden files and links take no part.

    A folder that is no label of the project is named in a notice.
    Raises MaiError `too_few_labels`, `sound_missing`, `label_folder_differs`.
    """
    check_label_count(labels)
    sound = dataset / "sound"
    if not sound.is_dir() or sound.is_symlink():
        raise MaiError("sound_missing")
    found = labelled_files(sound, labels, dataset, lambda folder: events.notice("clips_not_a_label", folder=folder))
    quiet = set(noise_labels(labels))
    files = [
        ClipFile(file.path, f"{dataset.name}/sound/{file.folder}/{file.path.name}", file.label, file.label in quiet)
        for file in found
    ]
    return sorted(files, key=lambda file: file.name)


def load_clips(files: Sequence[ClipFile], frames: int | None = None) -> ClipSet:
    """Decode every file and cut or fill it to one length: `frames` wide, or what most of them have.

    Clips that cannot be used are left out; one notice per reason names them.
    Raises MaiError `dataset_too_long`, `clips_all_silent`.
    """
    findings = Findings()
    decoded: list[tuple[ClipFile, Clip]] = []
    total = 0.0
    for file in files:
        try:
            clip = read_clip(file.path)
        except ClipError as reason:
            findings.add(reason.code, f"{file.display_name} ({reason})")
            continue
        total += clip.seconds
        if total > MAX_TOTAL_SECONDS:
            raise MaiError(
                "dataset_too_long",
                limit_minutes=round(MAX_TOTAL_SECONDS / 60),
            )
        decoded.append((file, clip))
    decoded = _without_silence(decoded, findings)
    for file, clip in decoded:
        if clip.clipped:
            findings.add("clips_clipped", file.display_name)
        if _is_partly_silent(file, clip):
            findings.add(
                "clips_partly_silent", f"{file.display_name} ({clip.muted_seconds:.1f} of {clip.seconds:.1f} s)"
            )
    findings.notify()
    clips = [clip for _, clip in decoded]
    if frames is None:
        frames = choose_frames([len(clip.samples) for clip in clips])
        _notify_unequal(clips, frames)
    return ClipSet(
        samples=np.stack([fit(clip.samples, frames) for clip in clips]) if clips else np.empty((0, 0), np.int16),
        labels=np.array([file.label for file, _ in decoded], dtype=np.int64),
        names=tuple(file.name for file, _ in decoded),
        frames=frames,
    )


def _without_silence(decoded: list[tuple[ClipFile, Clip]], findings: Findings) -> list[tuple[ClipFile, Clip]]:
    """Raises MaiError `clips_all_silent`."""
    silent = [clip.silent for _, clip in decoded]
    found = judge_silence([file.label for file, _ in decoded], silent, [file.may_be_silent for file, _ in decoded])
    if found.is_hopeless:
        names = names_of([decoded[row][0].display_name for row in sorted(found.left_out)])
        raise MaiError(
            "clips_all_silent",
            count=len(found.left_out),
            labels=len(found.wordless),
            names=names,
        )
    for row in sorted(found.left_out):
        findings.add("clips_silent", decoded[row][0].display_name)
    for label in found.wordless:
        files = [file for file, _ in decoded if file.label == label]
        names = names_of([file.display_name for file in files])
        events.notice(
            "label_silent",
            count=len(files),
            names=names,
        )
    return [pair for row, pair in enumerate(decoded) if row not in found.left_out]


def _is_partly_silent(file: ClipFile, clip: Clip) -> bool:
    if clip.silent or file.may_be_silent:
        return False
    return clip.muted_seconds >= MUTED_SHARE * clip.seconds


def _notify_unequal(clips: Sequence[Clip], frames: int) -> None:
    window = window_samples(frames) / SAMPLE_RATE
    other = [clip.seconds for clip in clips if abs(clip.seconds - window) > NEARLY_EQUAL * window]
    if other:
        events.notice(
            "clips_unequal",
            count=len(other),
            shortest=round(min(other), 2),
            longest=round(max(other), 2),
            window=round(window, 2),
        )
