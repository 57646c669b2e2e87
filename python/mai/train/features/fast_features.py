"""The fastest way to the frozen network's features on a processor.

In float32 by ONNX Runtime: one thread of an AMD EPYC with AVX2 takes 14 ms a photo, torch 30 to 35 (two threads 9 and
21 or more). In bfloat16 by mai.models.lite_bfloat16. Where one of them is not there, and on a GPU, torch does it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from mai.models.efficientnet_lite import EfficientNetLite0
from mai.models.lite_bfloat16 import features_in_bfloat16
from mai.models.lite_onnx import features_as_onnx
from mai.train.engine.precision import Precision

Compute = Callable[[Tensor], Tensor]

# A way must not hold the network, which would never be freed.
_made: WeakKeyDictionary[EfficientNetLite0, dict[torch.dtype | None, Compute | None]] = WeakKeyDictionary()


def features_of(network: EfficientNetLite0, precision: Precision) -> Compute:
    """What computes images float32 [N, 3, height, width] → features [N, 1664], both on the network's device; to be
    called under the precision's autocast. Raises ValueError for a network that does not read both parts."""
    if network.reads != "both":
        raise ValueError(f"it reads {network.reads!r}, and the features are those of a network that reads 'both'")
    ways = {None: _by_onnxruntime, torch.bfloat16: features_in_bfloat16}
    if precision.device.type != "cpu" or precision.dtype not in ways:
        return network.features
    made = _made.setdefault(network, {})
    if precision.dtype not in made:
        made[precision.dtype] = ways[precision.dtype](network)
    return made[precision.dtype] or network.features


def _by_onnxruntime(network: EfficientNetLite0) -> Compute | None:
    try:
        import onnxruntime
    except ImportError:
        return None
    model = features_as_onnx(network)

    @cache
    def session(threads: int) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # A thread that waits must not spin: other work needs the core (src/child/environment.ts).
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def compute(images: Tensor) -> Tensor:
        (values,) = session(torch.get_num_threads()).run(None, {"images": images.contiguous().numpy()})
        return torch.from_numpy(values)

    return compute
