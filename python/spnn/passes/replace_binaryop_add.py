"""Replace every BinaryOp that adds by an Eltwise sum, which the NPU has (docs/spnn-format.md §3.7)."""

from __future__ import annotations

from spnn.format.values import get_int, params_of
from spnn.passes.network import Network

_ADD, _SUM = 0, 1


def replace_binaryop_add(network: Network) -> None:
    """Without coefficients and without any check, as the tool does: a scalar is lost."""
    for layer in network.layers("BinaryOp"):
        if get_int(layer, "op_type") != _ADD:
            continue
        if len(layer.bottoms) == 1:
            msg = "it adds a number, which the tool loses: it becomes an Eltwise of one input"
            network.log.warn("scalar_add", layer.name, msg)
        layer.type = "Eltwise"
        layer.params = params_of("Eltwise", op_type=_SUM)
