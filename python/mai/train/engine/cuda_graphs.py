"""A network's forward and backward pass as CUDA graphs: the launches of hundreds of kernels become two.

A step on a small network costs a GPU less than starting its kernels one by one costs the processor
(tools/bench/records/gpu.jsonl). Only the network is recorded: losses, optimiser and moving average stay
as they are, so every project type has the same loop.
"""

from __future__ import annotations

import sys
from typing import cast

import torch
from torch import Tensor, nn

from mai.out_of_memory import is_out_of_memory
from mai.train.engine.precision import Precision


class GraphedNetwork:
    """Call it as the network in train mode. Recorded anew for every shape; the tensors that come out are
    overwritten by the next call."""

    def __init__(self, network: nn.Module, precision: Precision) -> None:
        self._network = network
        self._precision = precision
        self._recorded: dict[torch.Size, nn.Module] = {}
        self._pool = torch.cuda.graph_pool_handle()  # one memory for all shapes: no two are in use at a time
        self._refused = False

    def __call__(self, images: Tensor) -> Tensor:
        """float32 [N, 3, H, W] on the network's device → its output, which can be differentiated."""
        if self._refused:
            return self._network(images)
        recorded = self._recorded.get(images.shape)
        if recorded is None:
            try:
                recorded = self._record(images)
            except RuntimeError as error:
                if is_out_of_memory(error):
                    raise
                # A network of a pupil's blocks, or a driver, for which it cannot be done.
                print(f"no CUDA graph of this network: {error}", file=sys.stderr)  # noqa: T201 - its log
                self._refused = True
                return self._network(images)
            self._recorded[images.shape] = recorded
        return recorded(images)

    def _record(self, images: Tensor) -> nn.Module:
        # Each weight's gradient is added up on the stream that recorded it: torch warns of that, once for each.
        torch.autograd.graph.set_warn_on_accumulate_grad_stream_mismatch(False)
        before = [buffer.clone() for buffer in self._network.buffers()]
        try:
            # Without the cache of converted weights: a recorded step has to convert the weights of its time.
            dtype = self._precision.dtype
            with torch.autocast("cuda", dtype, enabled=dtype is not None, cache_enabled=False):
                whole = _Whole(self._network)
                # of a module it makes a module
                return cast(nn.Module, torch.cuda.make_graphed_callables(whole, (images.clone(),), pool=self._pool))
        finally:  # the passes made to warm up have moved batch norm's statistics
            for buffer, value in zip(self._network.buffers(), before, strict=True):
                buffer.copy_(value)


class _Whole(nn.Module):
    """Takes the place of the network, whose own `forward` make_graphed_callables would overwrite."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return self.network(images)
