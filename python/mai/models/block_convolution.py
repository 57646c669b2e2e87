"""The convolution of block programs: torch's own, but trained correctly where oneDNN, which computes it, does not."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Conv2d(nn.Conv2d):
    """`nn.Conv2d` in name, arguments, weights and answers.

    oneDNN, which computes it on processors, uses memory that is not its own for some channels-last inputs, mostly for
    the gradient of the weights: the training dies, hangs or goes on with wrong numbers. These are computed in another
    way, which is the same function:

    - 1×1 with a stride, fewer than 16 channels (https://github.com/uxlfoundation/oneDNN/issues/6035): takes its
      pixels first and then convolves them with stride 1.
    - With a dilation, in bfloat16 (`jit_bf16:avx512_core_bf16` of oneDNN 3.12): computes in float32.
    - An input narrower than the stride: pads it first, and computes in float32.

    An export shows torch's own, one convolution with its stride and padding.
    """

    def forward(self, x: Tensor) -> Tensor:
        if torch.onnx.is_in_onnx_export():
            return super().forward(x)
        if self.kernel_size == (1, 1):
            rows, columns = self.stride
            return F.conv2d(self._padded(x)[:, :, ::rows, ::columns], self.weight, self.bias, groups=self.groups)
        narrow = x.shape[2] < self.stride[0] or x.shape[3] < self.stride[1]
        if x.device.type != "cpu" or not (narrow or self.dilation != (1, 1)):
            return super().forward(x)
        with torch.autocast("cpu", enabled=False):
            if not narrow:
                return super().forward(x.float())
            wide = self._padded(x.float())
            return F.conv2d(wide, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)

    def _padded(self, x: Tensor) -> Tensor:
        if self.padding in ((0, 0), "valid", "same"):  # "same" pads nothing for 1×1; others cannot stride
            return x
        high, wide = cast("tuple[int, int]", self.padding)
        return F.pad(x, (wide, wide, high, high))
