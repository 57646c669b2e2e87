"""The convolution of block programs: torch's own, but trained correctly where oneDNN, which computes it, does not."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Conv2d(nn.Conv2d):
    """`nn.Conv2d` in name, arguments, weights and answers.

    oneDNN, which computes it on processors, uses memory that is not its own for the gradient of the weights of two
    kinds, where the input is channels-last: the training dies, hangs or goes on with wrong numbers. So where gradients
    may be asked for, these are computed in another way:

    - 1×1 with a stride, fewer than 16 channels (https://github.com/uxlfoundation/oneDNN/issues/6035): takes its
      pixels first and then convolves them with stride 1, which is the same function.
    - With a dilation, in bfloat16 (`jit_bf16:avx512_core_bf16` of oneDNN 3.12): computes in float32.

    Without gradients it is torch's, so that an export shows one convolution with its stride.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return super().forward(x)
        if self.kernel_size == (1, 1):
            return F.conv2d(self._pixels(x), self.weight, self.bias, groups=self.groups)
        if self.dilation != (1, 1) and x.device.type == "cpu":
            with torch.autocast("cpu", enabled=False):
                return super().forward(x.float())
        return super().forward(x)

    def _pixels(self, x: Tensor) -> Tensor:
        """What a 1×1 convolution looks at, in place of its stride and padding."""
        rows, columns = self.stride
        if self.padding not in ((0, 0), "valid", "same"):
            high, wide = cast("tuple[int, int]", self.padding)
            x = F.pad(x, (wide, wide, high, high))
        return x[:, :, ::rows, ::columns]
