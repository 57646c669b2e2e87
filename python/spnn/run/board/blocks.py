"""Compute element by element in float64, a block at a time, and give 8-bit integers.

The steps of a computation go over one block after the other in the same scratch memory, so that it stays in the
processor's cache. A block is so small that torch computes it in the thread that asks: to wake others costs more than
the work, and a photo needs hundreds of such steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

_BLOCK = (1 << 15) - 1  # values; from one more on torch divides a step between threads


def to_bytes(work: Callable[..., object], first: Tensor, *others: Tensor) -> Tensor:
    """int8, laid out in memory like `first`; all tensors have its shape.

    `work` is called with a block of `first` as float64, which it may write to, and the same blocks of the others. It
    leaves whole numbers of 8 bits in the first.
    """
    if not _is_dense(first):
        first = first.contiguous()
    result = torch.empty_like(first, dtype=torch.int8)
    into, given = _flat(result), [_flat(_laid_out_like(first, x)) for x in (first, *others)]
    scratch = torch.empty(min(_BLOCK, first.numel()), dtype=torch.float64)
    for start in range(0, first.numel(), _BLOCK):
        block, *rest = (x[start : start + _BLOCK] for x in given)
        wide = scratch[: len(block)].copy_(block)
        work(wide, *rest)
        into[start : start + _BLOCK] = wide
    return result


def rows_to_bytes(prepare: Callable[[slice], Callable[[Tensor], object]], sums: Tensor) -> Tensor:
    """int8 for the sums (n, k, …) of a convolution, laid out alike.

    `prepare` is called with a slice of channels, and the work that it returns with every block (n, channels, pixels)
    of those, as float64. The work leaves whole numbers of 8 bits in it.
    """
    result = torch.empty_like(sums, dtype=torch.int8)
    rows, into = _as_rows(sums), _as_rows(result)
    at_once, channels_at_once = _block_size(rows.shape)
    for channels in _slices(rows.shape[1], channels_at_once):
        work = prepare(channels)
        these, those = rows[:, channels], into[:, channels]
        scratch = torch.empty_like(these[:at_once], dtype=torch.float64, memory_format=torch.contiguous_format)
        for block in _slices(len(these), at_once):
            part = these[block]
            wide = scratch[: len(part)].copy_(part)
            work(wide)
            those[block] = wide
    return result


def _is_dense(x: Tensor) -> bool:
    return x.is_contiguous() or _is_channels_last(x)


def _is_channels_last(x: Tensor) -> bool:
    return x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last)


def _laid_out_like(first: Tensor, x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.contiguous_format if first.is_contiguous() else torch.channels_last)


def _flat(x: Tensor) -> Tensor:
    """All values in the order of memory, as a view."""
    return (x if x.is_contiguous() else x.permute(0, 2, 3, 1)).view(-1)


def _as_rows(x: Tensor) -> Tensor:
    """A view of (n, k, …): (n, k, pixels), or where channels lie last in memory (n · pixels, k, 1)."""
    if x.is_contiguous():
        return x.view(*x.shape[:2], -1)
    return x.permute(0, 2, 3, 1).view(-1, x.shape[1], 1)


def _block_size(shape: torch.Size) -> tuple[int, int]:
    """How many samples and how many channels of (n, k, pixels) make a block."""
    _, channels, pixels = shape
    return max(1, _BLOCK // max(1, channels * pixels)), max(1, min(channels, _BLOCK // max(1, pixels)))


def _slices(count: int, at_once: int) -> Iterator[slice]:
    for start in range(0, count, at_once):
        yield slice(start, start + at_once)
