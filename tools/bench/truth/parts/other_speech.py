"""Speech that is none of the words: does it go to the noise label, and do the words stay what they are?

Two made-up words and hiss are recorded; asked are fresh clips of both, the same backwards, halves of both joined, and
words that share no syllable with those learnt. A network that learns hiss and words alone calls nearly all of them
one of the words, and is sure of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mai.config import Project, TrainConfig
from mai.data.split import Split
from mai.data.voice_clips import ClipSet
from mai.data.voice_other_speech import joined
from mai.device import choose_device
from mai.models.registry import build_model
from mai.train.engine.loop import train
from mai.train.engine.precision import precision_of
from mai.train.plan.plan import plan_in
from mai.train.voice.prepare import KIND, VOICE_CNN, job_of
from mai.voice.features import features, frame_count, network_input
from numpy.typing import NDArray

from truth.listen import listening
from truth.part import Figure
from truth.spoken import hiss, invent_words, say_all

PROJECTS = 10
CPU_MINUTES = 12
EACH, FRESH = 16, 20  # clips of a label
EPOCHS = 30
NOISE = 0  # labels are noise and then the words
GOALS = {"words": "mean >= 98", "noise": "mean >= 98", "backwards": "mean >= 50", "joined": "mean >= 50", "other": ""}
SURE_GOAL = "mean <= 0.5"  # for words backwards, which were one of the words with 0.9

Sounds = NDArray[np.int16]


def run(projects: int, seed: int, epochs: int = EPOCHS, each: int = EACH) -> Iterator[Figure]:
    results = [train_and_ask(seed + number, epochs, each) for number in range(projects)]
    data = f"{each} clips of 2 words and of noise, {projects} projects from seed {seed}, {epochs} epochs"
    for name, goal in GOALS.items():
        shares, probabilities = zip(*(result[name] for result in results), strict=True)
        details = {"word_probability": round(float(np.mean(probabilities)), 2)}
        yield Figure(name, "% of fresh clips", shares, data, goal, details)
        if name == "backwards":
            yield Figure("backwards_as_a_word", "probability of the likeliest word", probabilities, data, SURE_GOAL)


def train_and_ask(seed: int, epochs: int, each: int) -> dict[str, tuple[float, float]]:
    """For each kind of fresh clips the percentage answered right, and the mean of the likeliest word."""
    rng = np.random.default_rng(seed)
    first, second, *others = invent_words(rng, 4)
    network = trained([record(rng, each), *(say_all([word], each, rng) for word in (first, second))], seed, epochs)
    one, two = (say_all([word], FRESH, rng) for word in (first, second))
    halves = [joined(a, b) for a, b in zip(np.concatenate([one, two]), np.concatenate([two, one]), strict=True)]
    asked = {
        "words": (np.concatenate([one, two]), np.repeat([1, 2], FRESH)),
        "backwards": (np.concatenate([one, two])[:, ::-1], NOISE),
        "joined": (np.stack(halves), NOISE),
        "other": (say_all(others, FRESH, rng), NOISE),
        "noise": (record(rng, FRESH), NOISE),
    }
    results = {}
    for name, (clips, wanted) in asked.items():
        with torch.inference_mode():
            answers = network(torch.from_numpy(network_input(features(clips)))).softmax(1).numpy()
        likeliest = answers[:, NOISE + 1 :].max(1).mean()
        results[name] = (100 * float((answers.argmax(1) == wanted).mean()), float(likeliest))
    return results


def record(rng: np.random.Generator, count: int) -> Sounds:
    """Clips of an empty room."""
    return np.stack([hiss(rng) for _ in range(count)]).astype(np.int16)


def trained(clips_of: list[Sounds], seed: int, epochs: int) -> torch.nn.Module:
    """By the real training, with nothing held back but the first clip of each label."""
    labels = np.concatenate([np.full(len(clips), label) for label, clips in enumerate(clips_of)])
    samples = np.concatenate(clips_of)
    held = tuple(int(np.flatnonzero(labels == label)[0]) for label in range(len(clips_of)))
    learnt = tuple(row for row in range(len(labels)) if row not in held)
    frames = frame_count(samples.shape[1])
    clips = ClipSet(samples, labels, tuple(f"{row:03}" for row in range(len(labels))), frames)
    names = ("noise", "one", "two")
    settings = TrainConfig(VOICE_CNN, epochs=epochs, save_method="last")
    project = Project(Path(), "truth", "truth", KIND, names, "kidbright-mai", settings)
    torch.manual_seed(seed)
    network = build_model(KIND, VOICE_CNN, len(names), frames=frames)
    with tempfile.TemporaryDirectory() as folder, listening():
        precision = precision_of(choose_device("cpu"))
        plan = plan_in(Path(folder), project, seed=seed)
        job, _ = job_of(plan, clips, Split(learnt, held), network, precision)
        train(job)
    return job.model.eval()
