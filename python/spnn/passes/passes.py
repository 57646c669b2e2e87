"""List the passes of optimize in the tool's order (docs/spnn-format.md §3).

Scales and Dropouts are fused into a BatchNorm first, so that the BatchNorm then carries them into the
weights. Activations are fused only after that, because a BatchNorm behind an activation must not be folded
past it. Next, layers that do nothing are removed, which brings Flatten and Reshape directly behind their
pooling or InnerProduct. The Reshape before a BinaryOp must go while it still is a BinaryOp.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spnn.passes.eliminate_dropout import eliminate_dropout
from spnn.passes.eliminate_flatten_after_global_pooling import eliminate_flatten_after_global_pooling
from spnn.passes.eliminate_flatten_after_innerproduct import eliminate_flatten_after_innerproduct
from spnn.passes.eliminate_noop import eliminate_noop
from spnn.passes.eliminate_orphaned_memorydata import eliminate_orphaned_memorydata
from spnn.passes.eliminate_pooling1x1 import eliminate_pooling1x1
from spnn.passes.eliminate_reshape_after_global_pooling import eliminate_reshape_after_global_pooling
from spnn.passes.eliminate_reshape_before_binaryop import eliminate_reshape_before_binaryop
from spnn.passes.fuse_activation import fuse_activation
from spnn.passes.fuse_batchnorm import fuse_batchnorm
from spnn.passes.fuse_batchnorm_dropout import fuse_batchnorm_dropout
from spnn.passes.fuse_batchnorm_scale import fuse_batchnorm_scale
from spnn.passes.fuse_innerproduct_dropout import fuse_innerproduct_dropout
from spnn.passes.replace_binaryop_add import replace_binaryop_add
from spnn.passes.runner import Pass

_WITH_ACTIVATION = ("ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise")
_WITH_WEIGHTS = ("Convolution", *_WITH_ACTIVATION, "InnerProduct")


def _for_each(name: str, run: Callable[..., None], kinds: tuple[str, ...]) -> list[Pass]:
    return [Pass(name.format(kind.lower()), partial(run, kind=kind), (kind,)) for kind in kinds]


PASSES: tuple[Pass, ...] = (
    Pass("fuse_batchnorm_scale", fuse_batchnorm_scale, ("BatchNorm",)),
    Pass("fuse_batchnorm_dropout", fuse_batchnorm_dropout, ("BatchNorm",)),
    *_for_each("fuse_{}_batchnorm", fuse_batchnorm, _WITH_WEIGHTS),
    Pass("fuse_innerproduct_dropout", fuse_innerproduct_dropout, ("InnerProduct",)),
    *_for_each("fuse_{}_activation", fuse_activation, _WITH_ACTIVATION),
    Pass("eliminate_dropout", eliminate_dropout, ("Dropout",)),
    Pass("eliminate_pooling1x1", eliminate_pooling1x1, ("Pooling",)),
    Pass("eliminate_noop", eliminate_noop, ("Noop",)),
    Pass("eliminate_flatten_after_global_pooling", eliminate_flatten_after_global_pooling, ("Pooling",)),
    Pass("eliminate_reshape_after_global_pooling", eliminate_reshape_after_global_pooling, ("Pooling",)),
    Pass("eliminate_reshape_before_binaryop", eliminate_reshape_before_binaryop, ("Reshape",)),
    Pass("eliminate_flatten_after_innerproduct", eliminate_flatten_after_innerproduct, ("InnerProduct",)),
    Pass("eliminate_orphaned_memorydata", eliminate_orphaned_memorydata, ("MemoryData",)),
    Pass("replace_binaryop_add", replace_binaryop_add, ("BinaryOp",)),
)
