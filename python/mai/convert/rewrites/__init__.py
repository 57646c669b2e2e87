"""Rewrite, pass by pass, what pnnx writes and the board cannot run, or refuse it by the layer's name.

Every pass changes the float graph in place, logs one line per change, and leaves a network that
computes the same; the runner checks that. `PASSES` has the order and its reasons.
"""

from __future__ import annotations

import numpy as np
from spnn.format.graph import Graph
from spnn.log import Log
from spnn.passes.runner import Pass, run_passes
from spnn.run.float.same_output import SameOutput

from mai.convert.rewrites.decompose_hard_activations import decompose_hard_activations
from mai.convert.rewrites.eliminate_idle_reshape import eliminate_idle_reshape
from mai.convert.rewrites.flatten_reshape import flatten_reshape
from mai.convert.rewrites.fold_affine_into_convolution import fold_affine_into_convolution
from mai.convert.rewrites.globalise_pooling import globalise_pooling
from mai.convert.rewrites.replace_affine_binaryop import replace_affine_binaryop
from mai.convert.rewrites.replace_convolution_on_vector import replace_convolution_on_vector
from mai.convert.rewrites.replace_padded_average_pooling import replace_padded_average_pooling
from mai.convert.rewrites.replace_reduction_with_pooling import replace_reduction_with_pooling
from mai.convert.rewrites.resolve_ceil_mode import resolve_ceil_mode
from mai.convert.rewrites.shapes import input_size
from mai.convert.rewrites.split_wide_eltwise import split_wide_eltwise
from mai.convert.rewrites.unfuse_activations import ON_CPU, ON_NPU, unfuse_activations

PASSES: tuple[Pass, ...] = (
    # first: what folds into a convolution later must find it without activation
    Pass("unfuse_activations", unfuse_activations, (*ON_NPU, *ON_CPU)),
    # behind it, as it may have made some
    Pass("decompose_hard_activations", decompose_hard_activations, ("HardSigmoid", "HardSwish")),
    # before the BinaryOps, which it makes
    Pass("split_wide_eltwise", split_wide_eltwise, ("Eltwise",)),
    # before the general replacement: folded costs nothing
    Pass("fold_affine_into_convolution", fold_affine_into_convolution, ("BinaryOp",)),
    Pass("replace_affine_binaryop", replace_affine_binaryop, ("BinaryOp",)),
    # before anything looks at pads
    Pass("replace_padded_average_pooling", replace_padded_average_pooling, ("Pooling",)),
    Pass("resolve_ceil_mode", resolve_ceil_mode, ("Pooling",)),
    # its result is a vector …
    Pass("replace_reduction_with_pooling", replace_reduction_with_pooling, ("Reduction",)),
    # … as is this one's …
    Pass("globalise_pooling", globalise_pooling, ("Pooling",)),
    # … on which a convolution must not work
    Pass("replace_convolution_on_vector", replace_convolution_on_vector, ("Convolution", "ConvolutionDepthWise")),
    # an InnerProduct, old or just made, must not see two dimensions
    Pass("flatten_reshape", flatten_reshape, ("Reshape",)),
    # last: only now is every vector a vector
    Pass("eliminate_idle_reshape", eliminate_idle_reshape, ("Flatten", "Reshape")),
)


def rewrite(graph: Graph, compare: bool = True) -> list[str]:
    """Run all passes on a graph whose input has its shape; returns one line per change.

    `compare`: check after each pass that the network computes the same.
    Raises MaiError `layer_unsupported`, and PassError with the name of a pass that changed what is computed.
    """
    log = Log()
    picture = np.random.default_rng(0).standard_normal(input_size(graph), np.float32)
    run_passes(graph, PASSES, log, SameOutput(picture) if compare else None)
    return log.lines
