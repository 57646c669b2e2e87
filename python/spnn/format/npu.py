"""Decide which layers the NPU runs (docs/spnn-format.md §2)."""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_int

_ALWAYS = frozenset(("Convolution", "InnerProduct", "ReLU", "PReLU", "BatchNorm", "Eltwise", "Split", "Quantize"))
_LARGEST_POOLING_KERNEL = 8
_PADS = ("pad_left", "pad_right", "pad_top", "pad_bottom")


def runs_on_npu(layer: Layer) -> bool:
    """True for a layer that the tool flags `-23328=1,1`. An Input is neither NPU nor CPU: False."""
    if layer.type in _ALWAYS:
        return True
    if layer.type == "Concat":
        return get_int(layer, "axis") == 0
    return layer.type == "Pooling" and _pools_on_npu(layer)


def _pools_on_npu(layer: Layer) -> bool:
    if get_int(layer, "global_pooling"):
        return True
    if max(get_int(layer, "kernel_w"), get_int(layer, "kernel_h")) > _LARGEST_POOLING_KERNEL:
        return False
    is_max = get_int(layer, "pooling_type") == 0
    return is_max or all(get_int(layer, pad) <= 0 for pad in _PADS)
