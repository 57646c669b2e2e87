"""Find clips that are copies of one recording, by their 40 bands over time, whatever their loudness and beginning."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mai.data.alike import signatures
from mai.data.groups import Groups, group_samples
from mai.voice.features import log_mel

Levels = Callable[[NDArray[np.int16]], NDArray[np.floating]]  # as mai.voice.features.log_mel

SAME_RECORDING = 0.95  # of 570 pairs of one word spoken twice by one child the nearest has 0.89, copies above 0.98
FLOOR = np.log(1e6)  # 60 dB below the loudest: what is softer is the same silence


def group_clips(samples: NDArray[np.int16], strata: Sequence[int], train_percent: int) -> Groups:
    """int16 [N, window]; `strata` as for `mai.data.groups.group_samples`."""
    contents = [hashlib.sha256(clip.tobytes()).hexdigest() for clip in samples]
    return group_samples(clip_signatures(samples), contents, strata, SAME_RECORDING, train_percent)


def clip_signatures(samples: NDArray[np.int16], levels_of: Levels = log_mel) -> NDArray[np.float32]:
    """int16 [N, window] → float32 [N, 40 * frames]."""
    if not len(samples):
        return np.zeros((0, 1), np.float32)
    levels = levels_of(np.stack([_centred(clip) for clip in samples]))
    levels = np.maximum(levels, levels.max((1, 2), keepdims=True) - FLOOR)
    return signatures((levels - levels.mean(2, keepdims=True)).reshape(len(levels), -1))


def _centred(clip: NDArray[np.int16]) -> NDArray[np.int16]:
    """Rotate a clip so that the middle of its energy is in its middle: copies may begin at different times."""
    energy = clip.astype(np.float64) ** 2
    total = energy.sum()
    middle = round(float((energy * np.arange(len(clip))).sum() / total)) if total else len(clip) // 2
    return np.roll(clip, len(clip) // 2 - middle)
