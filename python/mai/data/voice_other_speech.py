"""Make speech that is none of the words from the pupil's own clips, as practice for the noise label.

A noise label holds hiss and knocks. Without such practice, everything that sounds like a voice goes to one of the
words: "laakorn" played backwards was "laakorn" with 0.9. So words are reversed, cut into pieces that change places,
and joined from two halves. The pitch is not changed: a deep and a high voice say the same word.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from mai.data.voice_copies import clip_signatures
from mai.data.voice_levels import quick_log_mel
from mai.voice.features import SAMPLE_RATE

Sounds = NDArray[np.int16]
Rows = NDArray[np.int64]

FADE = SAMPLE_RATE // 100  # samples over which one piece passes into the next: a click would give it away
PIECES = (3, 5)
FEWEST = 4  # clips of a word: fewer do not say how alike its clips are
ALIKE = 0.25  # share of a word's clips that are less alike to the others than what counts as the word
MOST_ALIKE = 0.25  # of the copies of one word and kind; with more of them the whole kind may be the word


def other_speech(clips: Sounds, labels: Rows, words: Sequence[int], count: int, rng: np.random.Generator) -> Sounds:
    """int16 [at most `count`, window], of the clips [N, window] whose label (int64 [N]) is in `words`.

    A result is left out if it is as similar to a word as that word's clips are to each other: a word that is the
    same backwards, or the reverse of another word. With too few clips of a word nothing is made.
    """
    own = [clips[labels == label] for label in words if (labels == label).any()]
    if not own or min(len(word) for word in own) < FEWEST:
        return clips[:0]
    marks = [clip_signatures(word, quick_log_mel) for word in own]
    limits = [np.quantile(_nearest(mark, mark, skip_self=True), ALIKE) for mark in marks]
    kinds = 3 if len(own) > 1 else 2
    made = [clips[:0]]
    for word in range(len(own)):
        for kind in range(kinds):
            place, places = word * kinds + kind, len(own) * kinds
            share = count * (place + 1) // places - count * place // places
            if not share:
                continue
            copies = np.stack([_altered(own, word, kind, rng) for _ in range(share)])
            looks = clip_signatures(copies, quick_log_mel)
            alike = np.any([_nearest(looks, mark) >= limit for mark, limit in zip(marks, limits, strict=True)], axis=0)
            if alike.mean() <= MOST_ALIKE:
                made.append(copies[~alike])
    return np.concatenate(made)


def _altered(own: Sequence[Sounds], word: int, kind: int, rng: np.random.Generator) -> Sounds:
    clip = own[word][rng.integers(len(own[word]))]
    if kind == 0:
        return clip[::-1]
    if kind == 1:
        return shuffled(clip, rng)
    other = own[(word + int(rng.integers(1, len(own)))) % len(own)]
    return joined(clip, other[rng.integers(len(other))])


def shuffled(clip: Sounds, rng: np.random.Generator) -> Sounds:
    """The sounding part cut into three to five pieces in another order."""
    first, last = sounding(clip)
    count = int(rng.integers(PIECES[0], PIECES[1] + 1))
    places = (np.arange(1, count) + rng.uniform(-0.2, 0.2, count - 1)) / count
    pieces = np.split(clip[first:last], (places * (last - first)).astype(int))
    order = np.arange(count)
    while (order == np.arange(count)).all():
        order = rng.permutation(count)
    return np.concatenate([clip[:first], passing([pieces[number] for number in order]), clip[last:]])


def joined(begin: Sounds, end: Sounds) -> Sounds:
    """The first half of one word and then the second half of another; quiet where that is shorter than a clip."""
    head, tail = begin[: sum(sounding(begin)) // 2], end[sum(sounding(end)) // 2 :]
    missing = max(len(begin) - len(head) - len(tail), 0)
    pieces = [head, tail, _quiet(begin, end, missing)] if missing else [head, tail]
    return passing(pieces)[: len(begin)]


def _quiet(begin: Sounds, end: Sounds, count: int) -> Sounds:
    """`count` samples of the longest quiet stretch before or after a word, forwards and backwards in turn."""
    stretches = [
        part for clip in (begin, end) for first, last in [sounding(clip)] for part in (clip[:first], clip[last:])
    ]
    longest = max(stretches, key=len)
    return np.resize(np.concatenate([longest, longest[::-1]]), count) if len(longest) else np.zeros(count, np.int16)


def sounding(clip: Sounds) -> tuple[int, int]:
    """First and last sample of the middle 95 % of the energy, at least some fades apart."""
    energy = np.cumsum(clip.astype(np.float64) ** 2)
    first, last = (int(np.searchsorted(energy, energy[-1] * share)) for share in (0.025, 0.975))
    first = min(first, max(len(clip) - 20 * FADE, 0))
    return first, min(max(last, first + 20 * FADE), len(clip))


def passing(pieces: Sequence[Sounds]) -> Sounds:
    """One piece after the other, as long as all together; each fades out and the next one in."""
    whole = np.concatenate(pieces).astype(np.float32)
    ramp = np.abs(np.linspace(-1, 1, 2 * FADE, dtype=np.float32))
    for middle in np.cumsum([len(piece) for piece in pieces])[:-1]:
        low, high = max(middle - FADE, 0), min(middle + FADE, len(whole))
        whole[low:high] *= ramp[low - middle + FADE : high - middle + FADE]
    return np.rint(whole).astype(np.int16)


def _nearest(looks: NDArray[np.float32], marks: NDArray[np.float32], skip_self: bool = False) -> NDArray[np.float32]:
    """How alike each of the rows is to the nearest of `marks`."""
    products = (torch.from_numpy(looks) @ torch.from_numpy(marks).T).numpy()
    if skip_self:
        np.fill_diagonal(products, -np.inf)
    return products.max(1)
