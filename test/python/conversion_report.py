"""The conversion's part of report.json, as the package and the judgement read it."""

from __future__ import annotations


def report(**more: object) -> dict:
    return {
        "board": "kidbright-mai", "model": "resnet18", "project_type": "IMAGE_CLASSIFICATION", "measure": "accuracy",
        "agreement": 90.0, "accuracy_float": 95.0, "accuracy_board": 90.0, "changed": [],
        "checked": {
            "float": {"right": 39, "checked": 40, "uneven": False, "expect_least": 87, "expect_most": 100},
            "board": {"right": 38, "checked": 40, "uneven": False, "expect_least": 83, "expect_most": 99},
        },
        "compared": {"same": 36, "compared": 41, "expect_least": 76, "expect_most": 97},
        "held_back": {"used": 40, "of": 40}, "calibration": {"samples": ["x"] * 24},
        "frame_rate": {"frames_per_second": 16.0, "at_least": 15.0, "at_most": 17.0},
    } | more  # fmt: skip
