"""What pnnx writes and the board cannot carry, rewritten pass by pass or refused by the layer's name.

Every pass takes the float graph, changes it in place, says what it did (one line per change), and
leaves a network that computes the same. Order and reasons stand in `PASSES`.
"""

from __future__ import annotations

from collections.abc import Callable

from spnn.format.graph import Graph

from mai.convert.rewrites.decompose_hard_activations import decompose_hard_activations
from mai.convert.rewrites.eliminate_idle_reshape import eliminate_idle_reshape
from mai.convert.rewrites.flatten_reshape import flatten_reshape
from mai.convert.rewrites.fold_affine_into_convolution import fold_affine_into_convolution
from mai.convert.rewrites.globalise_pooling import globalise_pooling
from mai.convert.rewrites.replace_affine_binaryop import replace_affine_binaryop
from mai.convert.rewrites.replace_convolution_on_vector import replace_convolution_on_vector
from mai.convert.rewrites.replace_padded_average_pooling import replace_padded_average_pooling
from mai.convert.rewrites.replace_reduction_with_pooling import replace_reduction_with_pooling
from mai.convert.rewrites.settle_ceil_mode import settle_ceil_mode
from mai.convert.rewrites.split_wide_eltwise import split_wide_eltwise
from mai.convert.rewrites.unfuse_activations import unfuse_activations

Pass = Callable[[Graph], list[str]]

PASSES: tuple[Pass, ...] = (
    unfuse_activations,  # first: what folds into a convolution later must find it without activation
    decompose_hard_activations,  # behind it, as it may have made some
    split_wide_eltwise,  # before the BinaryOps, which it makes
    fold_affine_into_convolution,  # before the general replacement: folded costs nothing
    replace_affine_binaryop,
    replace_padded_average_pooling,  # before anything looks at pads
    settle_ceil_mode,
    replace_reduction_with_pooling,  # its result is a vector …
    globalise_pooling,  # … as is this one's …
    replace_convolution_on_vector,  # … on which a convolution must not work
    flatten_reshape,  # an InnerProduct, old or just made, must not see two dimensions
    eliminate_idle_reshape,  # last: only now is every vector a vector
)


def rewrite(graph: Graph) -> list[str]:
    """Run all passes on a graph whose input has its shape. Raises MaiError `layer_unsupported`."""
    return [line for each in PASSES for line in each(graph)]
