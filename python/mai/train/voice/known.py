"""Keep what a voice training computes of its clips before the first epoch, for its later turns and the next training.

What is kept lies in the project's cache, under a key of all that it is computed from, the source text included. Of
voice_thai (168 clips) it is 2.6 MB.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mai.data.groups import Groups
from mai.data.voice_copies import group_clips
from mai.models.tensor_file import save_tensors
from mai.train.engine.checkpoint import read_kept
from mai.train.engine.packing import pack
from mai.train.voice.practice import practice_copies

GROUPS, COPIES = "voice-groups.pt", "voice-copies.pt"
MOST_BYTES = 1 << 26  # of a large class more is not kept: it would cost the disk more than it saves
_MAI = Path(__file__).resolve().parents[2]


def known_groups(folder: Path, samples: np.ndarray, labels: Sequence[int], percent: int) -> Groups:
    """As group_clips(samples, labels, percent)."""

    def make() -> tuple[Tensor, ...]:
        groups = group_clips(samples, labels, percent)
        return torch.from_numpy(groups.scenes), torch.from_numpy(groups.groups)

    scenes, groups = _known(folder / GROUPS, _key_of(samples, labels, percent), make)
    return Groups(scenes.numpy(), groups.numpy())


def known_copies(
    folder: Path, samples: np.ndarray, labels: np.ndarray, names: Sequence[str], seed: int
) -> tuple[Tensor, Tensor]:
    """As practice_copies(samples, labels, names, seed)."""
    key = _key_of(samples, labels.tolist(), names, seed)
    copies, classes = _known(folder / COPIES, key, lambda: practice_copies(samples, labels, names, seed))
    return copies, classes


def _known(path: Path, key: str, make: Callable[[], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    kept = read_kept(path)
    if kept is not None and kept.get("key") == key:
        return tuple(kept["values"])
    values = make()
    if sum(value.nbytes for value in values) <= MOST_BYTES:
        with suppress(OSError):  # the cache may be on a full disk
            save_tensors(path, pack({"key": key, "values": values}))
    return values


def _key_of(samples: np.ndarray, *others: object) -> str:
    content = hashlib.sha256(samples.tobytes())
    content.update(repr((_code(), samples.shape, *others)).encode())
    return content.hexdigest()


@cache
def _code() -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in _sources())).hexdigest()


def _sources() -> list[Path]:
    """The texts that what is kept depends on: whoever changes one need not think of this file."""
    others = ("data/alike.py", "data/groups.py", "train/voice/practice.py", "train/voice/recipe.py")
    found = [*(_MAI / "data").glob("voice_*.py"), *(_MAI / "voice").glob("*.py"), *(_MAI / name for name in others)]
    return sorted(found)
