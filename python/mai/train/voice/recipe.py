"""How a voice network learns: altered copies, masks, loss, validation.

The network is small and the clips are few, so a training is bounded by what it looks at in all and not by
its epochs: with few epochs each goes through more copies of a clip, with many through fewer.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mai.quality.accuracy import label_means
from mai.train.engine.held_back import Record
from mai.train.engine.training import Batch, Losses, Network, decay_groups, even_batches
from mai.train.engine.uneven import with_offsets
from mai.voice.features import CHANNELS

COPIES = 12  # of every training clip, the clip itself among them
OTHER_SPEECH = 0.5  # times the clips of words: rows of speech that is none of them, learnt as noise
FRAMES_IN_ALL = 400_000  # frames looked at in a training: 60 epochs of two copies of 48 clips of 1.4 s
WEIGHT_DECAY = 0.02
LABEL_SMOOTHING = 0.1
EMA_DECAY = 0.98  # a step; the average is over about the last fifty steps
BAND_MASK = 6  # of 40 bands, at most, twice (SpecAugment, arXiv 1904.08779)
TIME_MASK = 0.15  # of the frames, at most
VALIDATION_BATCH = 64
AT_ONCE = 128  # clips masked together: the operations are so small that their number counts


class ClipBatches:
    """Features of one split (uint8 (clips, copies, 40, W)) and its labels, as batches."""

    def __init__(
        self, grey: Tensor, labels: Tensor, device: torch.device, repeats: int = 1, shortens: bool = False
    ) -> None:
        """`repeats`: copies of a clip in an epoch. `shortens`: half of the time batches are one frame shorter,

        as the board's own recordings can be (only for networks that take any width)."""
        self._grey = grey.flatten(0, 1).to(device)  # copy c of clip i is row i · copies + c
        self._copies = grey.shape[1]
        self._labels = labels.to(device)
        self._device = device
        self._repeats = repeats
        self._shortens = shortens

    def __len__(self) -> int:
        return len(self._labels) * self._repeats

    def epoch(self, batch_size: int, rng: torch.Generator) -> Iterator[Batch]:
        """Masked (inputs float32 [N, 3, 40, W or W − 1], labels int64 [N]) in random order."""
        clips = torch.arange(len(self._labels))[:, None]
        chosen = torch.rand((len(clips), self._copies), generator=rng).argsort(dim=1)[:, : self._repeats]
        rows = (clips * self._copies + chosen).flatten()
        batches = even_batches(len(self), batch_size, rng)
        at_once = max(1, AT_ONCE // len(batches[0]))
        for group in (batches[first : first + at_once] for first in range(0, len(batches), at_once)):
            # non_blocking: else every move waits until the device has done all it was given before
            row = rows[torch.cat(group)].to(self._device, non_blocking=True)
            grey = self._grey.index_select(0, row)
            if self._shortens and torch.rand((), generator=rng) < 0.5:
                grey = grey[..., :-1]
            sizes = [len(batch) for batch in group]
            inputs, labels = to_input(mask(to_range(grey), rng)), self._labels[row // self._copies]
            yield from zip(inputs.split(sizes), labels.split(sizes), strict=True)

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Every clip once, as it was recorded (its first copy)."""
        for start in range(0, len(self._labels), batch_size):
            part = slice(start, start + batch_size)
            yield to_input(to_range(self._grey[:: self._copies][part])), self._labels[part]


def repeats_of(clips: int, frames: int, epochs: int) -> int:
    """Copies of each clip in an epoch, from 1 to COPIES."""
    return min(max(round(FRAMES_IN_ALL / (clips * frames * epochs)), 1), COPIES)


def to_range(grey: Tensor) -> Tensor:
    """As mai.voice.features.network_input, one channel: uint8 → float32 (v − 127.5) / 128."""
    return (grey.float() - 127.5) / 128


def to_input(x: Tensor) -> Tensor:
    """(n, 40, W) → (n, 3, 40, W), channels last."""
    return torch.stack([x] * CHANNELS, dim=-1).movedim(-1, 1)


def mask(x: Tensor, rng: torch.Generator) -> Tensor:
    """Hide two stripes of bands and one stretch of time, in middle grey, in every clip (n, 40, W)."""
    bands, frames = x.shape[1:]
    hidden_bands = _stripes(len(x), bands, BAND_MASK, rng) | _stripes(len(x), bands, BAND_MASK, rng)
    hidden_frames = _stripes(len(x), frames, int(frames * TIME_MASK), rng)
    bands_left, frames_left = (
        (~hidden).float().to(x.device, non_blocking=True) for hidden in (hidden_bands, hidden_frames)
    )
    return x.mul(bands_left[:, :, None]).mul_(frames_left[:, None, :])


def _stripes(clips: int, size: int, most: int, rng: torch.Generator) -> Tensor:
    """bool (clips, size): one stripe each, 0 to `most` long."""
    start = torch.randint(0, size, (clips, 1), generator=rng)
    length = torch.randint(0, most + 1, (clips, 1), generator=rng)
    position = torch.arange(size)
    return (position >= start) & (position < start + length)


def optimizer_of(model: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    """AdamW: from random weights and without batch norm, SGD needs a rate that fits the network."""
    return torch.optim.AdamW(decay_groups(model, WEIGHT_DECAY), lr=learning_rate, fused=True)


def cross_entropy(logits: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
    """The same in training and validation, so that the two curves can be compared (smoothed, it never gets to 0)."""
    return F.cross_entropy(logits.float(), labels, label_smoothing=LABEL_SMOOTHING, reduction=reduction)


def voice_losses(model: Network, batch: Batch, offsets: Tensor | None) -> Losses:
    """`offsets` as from mai.train.engine.uneven.label_offsets, on the device."""
    inputs, labels = batch
    logits = model(inputs)
    with torch.no_grad():
        right = (logits.argmax(1) == labels).float().mean() * 100
    return {"train_loss": cross_entropy(with_offsets(logits.float(), offsets), labels), "train_acc": right}


def predict(model: nn.Module, clips: ClipBatches, batch_size: int) -> tuple[Tensor, Tensor]:
    """Logits float32 [N, classes] and labels int64 [N] of a split, on the CPU."""
    answers = [(model(inputs).float(), labels) for inputs, labels in clips.in_order(max(batch_size, VALIDATION_BATCH))]
    return torch.cat([logits for logits, _ in answers]).cpu(), torch.cat([labels for _, labels in answers]).cpu()


def validate(model: nn.Module, clips: ClipBatches, batch_size: int, record: Record) -> dict[str, float]:
    """Every label counts the same, however many clips of it were held back. `record` is given each clip's answer."""
    logits, labels = predict(model, clips, batch_size)
    answers, losses = logits.argmax(1), cross_entropy(logits, labels, "none")
    record(answers, losses)
    return label_means(answers, losses, labels)
