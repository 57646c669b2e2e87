"""Replace a mean (or maximum) over height and width by global pooling.

The format's ncnn reads the axes of a Reduction differently: it crashes or gives other numbers.
"""

from __future__ import annotations

from spnn.format.graph import Layer
from spnn.format.values import get_float, get_int, get_ints, params_of
from spnn.passes.network import Network

from mai.convert.refuse import refuse

MAX, MEAN = 4, 3
POOLING = {MEAN: 1, MAX: 0}


def replace_reduction_with_pooling(network: Network) -> None:
    """Raises MaiError for every other Reduction."""
    for layer in network.layers("Reduction"):
        operation = get_int(layer, "operation")
        if operation not in POOLING or not _over_height_and_width(layer):
            raise refuse(
                layer, "it reduces something else than height and width by mean or maximum", "use global pooling"
            )
        layer.type = "Pooling"
        layer.params = params_of("Pooling", pooling_type=POOLING[operation], global_pooling=1)
        network.log.line(f"{layer.name}: Reduction became global pooling")


def _over_height_and_width(layer: Layer) -> bool:
    """Axes count (c, h, w) without the batch, from either end; today's pnnx flags that with fixbug0."""
    axes = sorted(axis % 3 for axis in get_ints(layer, "axes"))
    plain = get_int(layer, "reduce_all") == 0 and get_float(layer, "coeff") == 1.0
    return plain and axes == [1, 2] and get_int(layer, "fixbug0") == 1
