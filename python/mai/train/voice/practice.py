"""What a voice network practises on: altered copies of the clips, and speech that is none of the words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mai.data.voice_augment import augmented_features, sounds_behind
from mai.data.voice_labels import label_for_other_speech, noise_labels
from mai.data.voice_levels import quick_log_mel
from mai.data.voice_other_speech import other_speech
from mai.train.voice import recipe
from mai.voice.features import features, to_grey


def practice_copies(samples: np.ndarray, labels: np.ndarray, names: Sequence[str], seed: int) -> tuple[Tensor, Tensor]:
    """uint8 [rows, COPIES, 40, W] and int64 [rows]: altered copies of every clip, then other speech as noise."""
    rng = np.random.default_rng(seed)
    is_noise = np.isin(labels, noise_labels(names))
    behind = sounds_behind(samples, is_noise, rng)
    copies = [augmented_features(samples, features(samples), is_noise, recipe.COPIES, behind, rng)]
    label = label_for_other_speech(names)
    rows = round(recipe.OTHER_SPEECH * (~is_noise).sum())
    if label is not None and is_noise.any():
        words = [index for index in range(len(names)) if index not in noise_labels(names)]
        # Each is learnt as it is and once altered, so that a row holds half as many different ones as copies.
        made = other_speech(samples, labels, words, rows * recipe.COPIES // 2, rng)
        made = made[rng.permutation(len(made) // (recipe.COPIES // 2) * (recipe.COPIES // 2))]
        if len(made):
            plain = to_grey(quick_log_mel(made))
            altered = augmented_features(made, plain, np.zeros(len(made), bool), 2, behind, rng)
            copies.append(altered.reshape(-1, recipe.COPIES, *altered.shape[2:]))
            labels = np.concatenate([labels, np.full(len(copies[1]), label)])
    return torch.from_numpy(np.concatenate(copies)), torch.from_numpy(labels)
