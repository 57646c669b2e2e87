"""Compute Padding and Interp."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from spnn.format.graph import Layer
from spnn.format.values import get_float, get_int
from spnn.run.float.registry import kernel

_PAD_MODES = ("constant", "replicate", "reflect")
_INTERP_MODES = {1: "nearest", 2: "bilinear", 3: "bicubic"}


@kernel("Padding")
def _padding(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, kind = bottoms[0], get_int(layer, "ptype")
    top, bottom, left, right = (get_int(layer, name) for name in ("ptop", "pbottom", "pleft", "pright"))
    if not 0 <= kind < len(_PAD_MODES):
        raise ValueError(f"padding type {kind} is unknown: 0 to {len(_PAD_MODES) - 1} are defined")
    border = (left, right) if x.ndim == 2 else (left, right, top, bottom)
    if kind == 0:
        return F.pad(x, border, value=get_float(layer, "value"))
    if x.ndim == 4:
        return F.pad(x, border, _PAD_MODES[kind])
    return F.pad(x[:, None], border, _PAD_MODES[kind])[:, 0]  # torch wants batch and channels in front


@kernel("Interp")
def _interp(layer: Layer, bottoms: Sequence[Tensor]) -> Tensor:
    x, mode = bottoms[0], _INTERP_MODES.get(get_int(layer, "resize_type"))
    height, width = get_int(layer, "output_height"), get_int(layer, "output_width")
    if mode is None:
        raise ValueError(f"resize type {get_int(layer, 'resize_type')} is unknown: 1 to 3 are defined")
    if x.ndim == 2:  # one value per channel, spread over the plane
        return x[..., None, None].expand(*x.shape, height or 1, width or 1).contiguous()
    height = height or int(x.shape[-2] * get_float(layer, "height_scale"))
    width = width or int(x.shape[-1] * get_float(layer, "width_scale"))
    if (height, width) == tuple(x.shape[-2:]):
        return x
    align = bool(get_int(layer, "align_corner")) if mode != "nearest" else None
    return F.interpolate(x, (height, width), mode=mode, align_corners=align)
