"""Made-up words as a voice says them: syllables of a consonant and a vowel, in a classroom's hiss.

A word is its syllables. What changes from clip to clip is the voice: pitch, length of the throat, speed, loudness,
when it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
SECONDS = 1.2
VOWELS = {"a": (800, 1250, 2600), "i": (300, 2300, 3000), "u": (330, 800, 2300), "e": (480, 1950, 2600),
          "o": (480, 850, 2500)}  # fmt: skip  # Hz of the formants
CONSONANTS = {"s": (6500, 0.11), "f": (3000, 0.09), "t": (4000, 0.03), "k": (1900, 0.04), "m": (250, 0.07)}  # Hz, s

Word = tuple[str, ...]
Sound = NDArray[np.float64]


@dataclass(frozen=True)
class Voice:
    pitch: float  # Hz
    throat: float  # formants times this
    speed: float


def invent_words(rng: np.random.Generator, count: int, syllables: tuple[int, int] = (2, 3)) -> list[Word]:
    """Different words. With its syllables in reverse order, no word is itself or another one."""
    found: list[Word] = []
    while len(found) < count:
        size = int(rng.integers(syllables[0], syllables[1] + 1))
        word = tuple(rng.choice(list(CONSONANTS)) + rng.choice(list(VOWELS)) for _ in range(size))
        if len(set(word)) == size and not any(set(word) & set(other) for other in found):
            found.append(word)
    return found


def say(word: Word, rng: np.random.Generator) -> NDArray[np.int16]:
    """int16 [RATE * SECONDS]: the word, said once more by another child."""
    voice = Voice(rng.uniform(170, 330), rng.uniform(0.92, 1.1), rng.uniform(0.85, 1.15))
    spoken = np.concatenate([_syllable(syllable, voice, rng) for syllable in word])
    whole = hiss(rng)
    at = int(rng.uniform(0.05, 0.95) * max(len(whole) - len(spoken), 1))
    spoken = spoken[: len(whole) - at]
    whole[at : at + len(spoken)] += spoken / np.abs(spoken).max() * rng.uniform(3000, 14000)
    return np.rint(whole.clip(-32768, 32767)).astype(np.int16)


def hiss(rng: np.random.Generator) -> Sound:
    """What a quiet room sounds like: noise whose power falls with frequency to a random power from 0 to 2.

    Made here and not as the training makes its noise: what measures must not change with what is measured.
    """
    size = 1 << (int(RATE * SECONDS) - 1).bit_length()
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1.0))
    response = 2.0 ** -(rng.uniform(0.0, 1.0) * octaves)
    white = rng.standard_normal(size, dtype=np.float32)
    sound = np.fft.irfft(np.fft.rfft(white) * response)[: int(RATE * SECONDS)]
    sound = (sound / np.sqrt(np.mean(np.square(sound))) * 1000).astype(np.float32)
    return sound.astype(np.float64) * rng.uniform(0.03, 0.15)


def say_all(words: Sequence[Word], each: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """int16 [words * each, window], word after word."""
    return np.stack([say(word, rng) for word in words for _ in range(each)])


def _syllable(syllable: str, voice: Voice, rng: np.random.Generator) -> Sound:
    hertz, seconds = CONSONANTS[syllable[0]]
    count = int(seconds / voice.speed * RATE)
    source = _pulses(count, voice.pitch) if syllable[0] == "m" else rng.normal(0, 1, count)
    before = _through(source, [hertz * voice.throat], 0.25) * np.hanning(count)
    count = int(rng.uniform(0.14, 0.2) / voice.speed * RATE)
    pulses = _pulses(count, voice.pitch * rng.uniform(0.95, 1.05))
    vowel = _through(pulses, [formant * voice.throat for formant in VOWELS[syllable[1]]], 0.08)
    vowel *= np.minimum(1, 6 * np.minimum(np.linspace(0, 1, count), np.linspace(0.7, 0, count)))
    return np.concatenate([before / np.abs(before).max() * 0.35, vowel / np.abs(vowel).max()])


def _pulses(count: int, pitch: float) -> Sound:
    """What the vocal cords give: a saw whose pitch falls a little."""
    phase = np.cumsum(pitch * np.linspace(1.05, 0.95, count)) / RATE
    return 1 - 2 * (phase % 1)


def _through(sound: Sound, formants: Sequence[float], width: float) -> Sound:
    """Louder around each of the formants (Hz), `width` of it to either side; higher ones are softer."""
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    response = sum(
        1 / (number * (1 + ((hertz - formant) / (width * formant + 50)) ** 2))
        for number, formant in enumerate(formants, 1)
    )
    return np.fft.irfft(np.fft.rfft(sound) * response, len(sound))
