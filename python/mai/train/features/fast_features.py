"""The frozen network's features by ONNX Runtime, on a processor that computes in float32.

One thread of an AMD EPYC with AVX2 takes 14 ms a photo, torch 30 to 35 (two threads 9 and 21 or more). A processor
with bfloat16 and a GPU have torch's faster ways, and where ONNX Runtime is not installed torch does it, too.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from mai.models.efficientnet_lite import EfficientNetLite0
from mai.models.lite_onnx import features_as_onnx
from mai.train.engine.precision import Precision

Compute = Callable[[Tensor], Tensor]

_made: WeakKeyDictionary[EfficientNetLite0, Compute] = WeakKeyDictionary()


def features_of(network: EfficientNetLite0, precision: Precision) -> Compute:
    """What computes images float32 [N, 3, height, width] → features float32 [N, 1664], both on the network's device."""
    if precision.device.type != "cpu" or precision.dtype is not None:
        return network.features
    if network not in _made:
        _made[network] = _by_onnxruntime(network) or network.features
    return _made[network]


def _by_onnxruntime(network: EfficientNetLite0) -> Compute | None:
    try:
        import onnxruntime
    except ImportError:
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    # A thread that waits must not spin: other work needs the core (src/child/environment.ts).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(features_as_onnx(network), options, providers=["CPUExecutionProvider"])

    def compute(images: Tensor) -> Tensor:
        (values,) = session.run(None, {"images": images.contiguous().numpy()})
        return torch.from_numpy(values)

    return compute
