"""Choose the common length of a project's clips, and cut or fill a clip to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mai.voice.features import FRAME, HOP, MIN_WIDTH, SAMPLE_RATE, frame_count

MAX_WINDOW_SECONDS = 10.0
_QUIET = HOP * 4  # 80 ms: shorter than the pauses in speech


def window_samples(frames: int) -> int:
    """The least samples that give features of this width."""
    return FRAME + frames * HOP


def choose_frames(lengths: Sequence[int]) -> int:
    """Width of the features for the median length of the clips (`lengths` in samples), within the limits.

    At least one more than the network's least, since the board's own recording can be one frame shorter.
    """
    middle = sorted(lengths)[len(lengths) // 2] if lengths else SAMPLE_RATE
    most = frame_count(int(MAX_WINDOW_SECONDS * SAMPLE_RATE))
    return min(max(frame_count(middle), MIN_WIDTH + 1), most)


def fit(samples: np.ndarray, frames: int) -> np.ndarray:
    """int16 (n,) → int16 (window,): cut around the loudest part, or filled on both sides with its own quiet.

    Not with zeros: the grey levels span the whole clip, so digital silence would squeeze everything that was
    recorded into a few of them, which never happens on the board.
    """
    window = window_samples(frames)
    if len(samples) >= window:
        start = loudest_start(samples, window)
        return samples[start : start + window]
    missing = window - len(samples)
    # Turned and turned again, the ends of the quiet piece meet themselves: no clicks.
    quiet = _quietest(samples)
    there_and_back = np.concatenate([quiet, quiet[::-1]])
    filling = np.resize(there_and_back, missing)
    return np.concatenate([filling[: missing // 2], samples, filling[missing // 2 :]])


def loudest_start(samples: np.ndarray, window: int) -> int:
    """Where the `window` samples with the most energy begin (a multiple of a hop), their middle weighing most."""
    energy = np.square(samples.astype(np.float64))
    hops = np.add.reduceat(energy, np.arange(0, len(energy), HOP))
    span = max(1, window // HOP)
    if len(hops) <= span:
        return 0
    # A triangle rather than a box: of the many windows that hold the word, the one that has it in its middle.
    weights = 1.0 - np.abs(np.linspace(-1, 1, span)) * 0.5
    scores = np.convolve(hops, weights[::-1], mode="valid")
    return min(int(np.argmax(scores)) * HOP, len(samples) - window)


def _quietest(samples: np.ndarray) -> np.ndarray:
    """The quietest 80 ms that are not digital silence (or all of the clip where there is nothing else)."""
    size = min(_QUIET, len(samples))
    pieces = samples[: len(samples) // size * size].reshape(-1, size)
    energy = np.square(pieces.astype(np.float64)).sum(axis=1)
    audible = np.flatnonzero(energy > 0)
    return pieces[audible[np.argmin(energy[audible])]] if len(audible) else pieces[0]
