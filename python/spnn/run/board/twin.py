"""The board twin: compute an int8 network as the board computes it (docs/spnn-format.md §6).

Layers of the NPU run in integers, layers of the board's CPU in float. Between them values are
quantised and dequantised with the scales of the blobs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.graph import Graph, Layer
from spnn.format.values import get_floats, get_int
from spnn.run.board.convolution import ConvolutionStep
from spnn.run.board.fixed_point import dequantised, quantised
from spnn.run.board.options import SimulateOptions
from spnn.run.board.pointwise import STEPS, Step
from spnn.run.float import kernels  # noqa: F401  (registers the layer types of the board's CPU)
from spnn.run.float.activation import fused
from spnn.run.float.convolution import convolution
from spnn.run.float.registry import compute, naming
from spnn.run.float.walk import Inputs, Keep, walk_with, wanted_blobs

_WEIGHTED = ("Convolution", "InnerProduct")
_SAME_IN_ANY_LAYOUT = (0, 1, 2, 3)  # fused activations of one rounding: none, ReLU, leaky ReLU, Clip
_DEFAULTS = SimulateOptions()


class Twin:
    """A quantised network, ready to run. Made by load_twin."""

    def __init__(self, graph: Graph, options: SimulateOptions) -> None:
        if graph.stage != "int8":
            raise SpnnError("the board twin runs quantised networks: this one is not")
        self.graph = graph
        self.options = options
        self.scales = {
            top: scale
            for layer in graph.layers
            for top, scale in zip(layer.tops, get_floats(layer, "scales"), strict=False)
        }
        """Scale of every blob: q = x * scale."""
        self._npu_blobs = {top for layer in graph.layers if layer.on_npu for top in layer.tops}
        users = graph.consumers()
        self._left_as_laid_out = {id(layer) for layer in graph.layers if _may_stay_as_laid_out(layer, users)}
        self._steps = {id(layer): self._step(layer) for layer in graph.layers if layer.on_npu}

    def run(self, inputs: Inputs, keep: Keep = None) -> dict[str, NDArray[np.float32]]:
        """Blobs as real numbers (8-bit ones divided by their scale), with the batch in front.

        `inputs` and `keep` as for spnn.run.float.run_float.
        """
        return {
            name: np.ascontiguousarray((dequantised(x, self.scales[name]) if on_npu else x).numpy())
            for name, x, on_npu in self._kept(inputs, keep)
        }

    def run_integers(self, inputs: Inputs, keep: Keep = None) -> dict[str, NDArray[np.int8] | NDArray[np.float32]]:
        """Blobs as the board holds them: int8 from the NPU, float32 from the CPU and of the input."""
        return {name: np.ascontiguousarray(x.numpy()) for name, x, _ in self._kept(inputs, keep)}

    def _kept(self, inputs: Inputs, keep: Keep) -> Iterator[tuple[str, Tensor, bool]]:
        wanted = wanted_blobs(self.graph, keep)
        for layer, tops in walk_with(self.graph, inputs, self._tops):
            for name, top in zip(layer.tops, tops, strict=True):
                if name in wanted:
                    yield name, top, layer.on_npu

    def _tops(self, layer: Layer, bottoms: list[Tensor]) -> list[Tensor]:
        named = zip(layer.bottoms, bottoms, strict=True)
        if not layer.on_npu:
            reals = [dequantised(x, self.scales[b]) if b in self._npu_blobs else x for b, x in named]
            if id(layer) not in self._left_as_laid_out:
                return compute(layer, reals)
            with naming(layer, reals):
                return [fused(layer, convolution(layer, reals[0]))]
        integers = [x if b in self._npu_blobs else quantised(x, self.scales[b], self.options) for b, x in named]
        step = self._steps[id(layer)]
        if step is None:
            return integers * len(layer.tops)
        with naming(layer, integers):
            return [step(*integers)]

    def _step(self, layer: Layer) -> Step | None:
        for blob in (*layer.bottoms, *layer.tops):
            if not self.scales.get(blob, 0.0) > 0:
                raise SpnnError(f"layer {layer.name!r}: blob {blob!r} has no scale: calibrate the network again")
        if layer.type == "Split":
            return None
        if layer.type in _WEIGHTED:
            return ConvolutionStep(layer, self.options)
        if layer.type not in STEPS:
            raise SpnnError(f"layer {layer.name!r}: the board's NPU has no layer of type {layer.type}")
        return STEPS[layer.type](layer, self.options)


def _may_stay_as_laid_out(layer: Layer, users: Mapping[str, list[Layer]]) -> bool:
    """Whether a depthwise convolution's result need not be made contiguous: where only quantised convolutions read it.

    Those give the same integers in any layout, as their sums are exact. Layers of the CPU round differently.
    """
    readers = [user for top in layer.tops for user in users.get(top, [])]
    return (
        layer.type == "ConvolutionDepthWise"
        and get_int(layer, "activation_type") in _SAME_IN_ANY_LAYOUT
        and all(user.type == "Convolution" and user.on_npu for user in readers)
    )


def load_twin(graph: Graph, options: SimulateOptions = _DEFAULTS) -> Twin:
    """The twin of a quantised network, as quantize makes or read_model reads it.

    Raises SpnnError, with the layer's name, for what the board could not run.
    """
    return Twin(graph, options)


def simulate(
    graph: Graph, inputs: Inputs, options: SimulateOptions = _DEFAULTS, keep: Keep = None
) -> dict[str, NDArray[np.int8] | NDArray[np.float32]]:
    """Run a quantised network once; blobs as the board holds them (Twin.run_integers)."""
    return load_twin(graph, options).run_integers(inputs, keep)
