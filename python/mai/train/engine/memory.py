"""Decide what is kept in which memory, and give back memory that is no longer needed."""

from __future__ import annotations

import gc
from pathlib import Path

import torch
from torch import Tensor, nn

from mai import events

MEMINFO = Path("/proc/meminfo")
USUAL_BATCH = 128


def resident(pixels: Tensor, device: torch.device) -> Tensor:
    """The pixels on a GPU if they take less than half of its free memory, else where they are."""
    if device.type != "cuda" or pixels.nbytes > torch.cuda.mem_get_info(device)[0] / 2:
        return pixels
    return pixels.to(device)


def release(device: torch.device) -> None:
    """Drop what the failed batch held, so that a smaller one finds room."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def batch_in_memory(asked: int, model: nn.Module, sample: Tensor) -> int:
    """The largest batch up to `asked` whose training step fits into half of the free main memory; a notice says so.

    `sample`: one input of the network, (1, channels, height, width). Only batches beyond any usual size are looked at:
    Linux ends a process that takes too much memory without a word. On a GPU the training loop halves a batch that
    does not fit.
    """
    free = free_memory()
    if asked <= USUAL_BATCH or sample.device.type != "cpu" or free is None:
        return asked
    fits = max(USUAL_BATCH, int(free / 2 / bytes_kept(model, sample)))
    if fits >= asked:
        return asked
    events.notice("batch_halved", before=asked, after=fits)
    return fits


def bytes_kept(model: nn.Module, sample: Tensor) -> int:
    """What autograd keeps of `sample` for the backward pass, in bytes; weights are not counted."""
    weights = {parameter.data_ptr() for parameter in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    was_training = model.training
    model.eval()  # batch norm's statistics must not move
    try:
        with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            model(sample)
    finally:
        model.train(was_training)
    return max(1, sum(kept.values()))


def free_memory() -> int | None:
    """Bytes of main memory that a process may still take; None where the system does not say (not Linux)."""
    try:
        lines = MEMINFO.read_text().splitlines()
    except OSError:
        return None
    found = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return None if found is None else int(found) * 1024
