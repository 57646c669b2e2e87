"""Estimate from multiply-adds how long the board takes for one picture, or for one clip as a picture of sound.

Measured by others on boards of this class, camera and program not counted (docs/ide-contract.md § The board
kidbright-mai-plus): YOLO11n, 0.57 thousand million multiply-adds at 224 × 320, 16.5 ms; YOLO11s, 1.88, 48 to 52 ms.
The line through them is SHARE and EACH. MobileNetV2, 0.30, takes 11 ms: depthwise convolutions use the processor less
well, so that AT_WORST counts every multiply-add as one of them. Sounds take 1 to 3 ms.
"""

from __future__ import annotations

import copy
import math
from typing import Any

from torch import nn

from mai.models.board_speed import work_of_module

SHARE = 1.9  # ms, whatever the network
EACH = 25.6  # ms for a thousand million multiply-adds
AT_WORST = 30.3  # the same, of depthwise convolutions and those around them


def milliseconds(module: nn.Module, shape: tuple[int, int, int, int]) -> dict[str, Any]:
    """For the report: of one picture, from `at_least` to `at_most`."""
    work = work_of_module(copy.deepcopy(module).to("meta"), shape)
    billions = (work.npu_macs + work.cpu_macs) / 1e9
    return {
        "at_least": math.floor(SHARE + EACH * billions), "at_most": math.ceil(SHARE + AT_WORST * billions),
        "estimate": True,
        "million_multiply_adds": round(billions * 1000, 1),
    }  # fmt: skip
