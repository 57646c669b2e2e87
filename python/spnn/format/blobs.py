"""List the blocks of the `.bin` that a layer owns, with their sizes (docs/spnn-format.md §1.2, §1.3, § Appendix)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spnn.format.graph import Layer, Stage
from spnn.format.values import get_int, has_param

BlockKind = Literal["raw", "weights", "int8", "int16", "float32", "empty"]

CONVOLUTIONS = ("Convolution", "ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise")


@dataclass(frozen=True, slots=True)
class Block:
    """`raw`: float32 without a tag; `weights`: tag 0 or float16; `empty`: a tag 0, no data; else that tag."""

    kind: BlockKind
    count: int
    what: str


def blocks_of(layer: Layer, stage: Stage) -> list[Block]:
    """The blocks of `layer` in file order. Counts are not checked: they may be negative or absurd."""
    if stage == "int8" and layer.on_npu:
        return _npu_blocks(layer)
    return _float_blocks(layer)


def _float_blocks(layer: Layer) -> list[Block]:
    kind = layer.type
    if kind in CONVOLUTIONS or kind == "InnerProduct":
        blocks = [Block("weights", get_int(layer, "weight_data_size"), "weights")]
        return [*blocks, Block("raw", get_int(layer, "num_output"), "bias")] if get_int(layer, "bias_term") else blocks
    if kind == "BatchNorm":
        channels = get_int(layer, "channels")
        return [Block("raw", channels, what) for what in ("slope", "mean", "variance", "bias")]
    if kind == "Scale":
        size = get_int(layer, "scale_data_size")
        if size == -233:  # the factors come as a second input
            return []
        return [Block("raw", size, "scale"), *([Block("raw", size, "bias")] if get_int(layer, "bias_term") else [])]
    if kind == "InstanceNorm":
        return [Block("raw", get_int(layer, "channels"), what) for what in ("gamma", "beta")]
    if kind == "MemoryData":
        return [Block("raw", memory_size(layer), "data")]
    size_of = {"Bias": "bias_data_size", "PReLU": "num_slope", "Normalize": "scale_data_size"}
    return [Block("raw", get_int(layer, size_of[kind]), "data")] if kind in size_of else []


def _npu_blocks(layer: Layer) -> list[Block]:
    kind = layer.type
    if kind in ("Convolution", "InnerProduct"):
        weights, outputs = get_int(layer, "weight_data_size"), get_int(layer, "num_output")
        with_bias = bool(get_int(layer, "bias_term"))
        if get_int(layer, "quantised"):
            bias = [Block("int16", outputs, "bias")] if with_bias else []
            return [Block("int8", weights, "weights"), *bias, Block("int16", outputs, "channel multipliers")]
        bias = [Block("float32", outputs, "bias")] if with_bias else []
        return [Block("float32", weights, "weights"), *bias, Block("empty", 0, "end of an unquantised layer")]
    if kind == "PReLU":
        slopes = get_int(layer, "num_slope") if has_param(layer, "num_slope") else 1  # a former LeakyReLU
        return [Block("int16", slopes, "slopes")]
    if kind == "BatchNorm":
        return [Block("int16", 2 * get_int(layer, "channels"), "pairs of bias and multiplier")]
    return []


def memory_size(layer: Layer) -> int:
    """Elements of a MemoryData; an absent extent counts as 1."""
    size = 1
    for name in ("iw", "ih", "ic"):
        extent = get_int(layer, name)
        if extent < 0:
            return extent
        size *= extent or 1
    return size
