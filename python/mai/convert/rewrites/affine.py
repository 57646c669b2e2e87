"""Recognise BinaryOps of the form y = scale·x + shift: with a scalar, or with constants (a MemoryData) per channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spnn.format.graph import Layer
from spnn.format.values import get_float, get_int
from spnn.passes.network import Network

from mai.convert.refuse import refuse

ADD, SUB, MUL, DIV, MAX, MIN, POW, RSUB, RDIV = range(9)
SWAPPED = {ADD: ADD, MUL: MUL, SUB: RSUB, RSUB: SUB, DIV: RDIV, RDIV: DIV}


@dataclass(frozen=True)
class Affine:
    """`scale` and `shift`: float32 of one element, or of one per channel. `source`: the blob of x;
    `constant`: the MemoryData that becomes unused, if any."""

    source: str
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    constant: Layer | None = None

    @property
    def is_scalar(self) -> bool:
        return self.scale.size == 1


def read_affine(network: Network, layer: Layer) -> Affine | None:
    """What a BinaryOp does to its one variable input, or None where it is something else.

    Raises MaiError for constants that vary over height or width: the format has no layer for them.
    """
    if layer.type != "BinaryOp":
        return None
    if get_int(layer, "with_scalar"):
        factors = _factors(get_int(layer, "op_type"), np.array([get_float(layer, "b")], np.float32))
        return Affine(layer.bottoms[0], *factors) if factors else None
    makers = [network.maker(name) for name in layer.bottoms]
    constants = [maker for maker in makers if maker is not None and maker.type == "MemoryData"]
    if len(constants) != 1 or len(layer.bottoms) != 2:
        return None
    (constant,) = constants
    first = layer.bottoms[0] == constant.tops[0]
    operation = get_int(layer, "op_type")
    if first:
        operation = SWAPPED.get(operation, operation)
    factors = _factors(operation, _per_channel(constant, layer))
    return Affine(layer.bottoms[1 if first else 0], *factors, constant) if factors else None


def _factors(operation: int, value: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    one, zero = np.ones_like(value), np.zeros_like(value)
    if operation == DIV and not value.all():
        return None
    if operation == DIV:
        return one / value, zero
    return {ADD: (one, value), SUB: (one, -value), RSUB: (-one, value), MUL: (value, zero)}.get(operation)


def _per_channel(constant: Layer, user: Layer) -> NDArray[np.float32]:
    """The data as one number per channel: extents 1×1×c, or w alone beside a vector."""
    width, height, channels = (get_int(constant, name) for name in ("iw", "ih", "ic"))
    data = np.asarray(constant.blobs[0].values, np.float32)
    if data.size == 1 or (channels and width * height == 1) or (not channels and height in (0, 1)):
        return data
    raise refuse(
        user, f"it combines with constants of size {width}x{height}x{channels}", "use one constant per channel"
    )
