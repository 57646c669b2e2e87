"""What is promised of the board's speed: a range, never above camera and program, from the same work everywhere."""

from __future__ import annotations

import pytest
import torch
from mai.convert.int8_report import frame_rate
from mai.convert.readme_text import readme
from mai.models.board_speed import CPU_MS_PER_MILLION_AT_WORST, MOST_FRAMES, Work, times_fewer, work_of_module
from mai.models.registry import build_model
from test_board_threshold import report_of
from torch import nn

RESNET18 = Work(1_813_562_368, 0, 0)
LITE0 = Work(349_378_048, 34_532_064, 0)  # as the converter counts its layers
TWO_TINY = Work(14_000_000, 0, 0)


@pytest.mark.parametrize(("work", "measured"), [
    (RESNET18, 16.5), (Work(1_893_918_208, 0, 0), 16.5), (Work(1_893_918_208, 0, 3_963_904), 1.9),
    (Work(278_777_856, 20_716_416, 3_803_968), 1.8), (Work(278_777_856, 20_716_416, 0), 1.8),
])  # fmt: skip
def test_the_range_holds_what_was_measured(work: Work, measured: float) -> None:
    rate = frame_rate(work)
    assert rate["at_least"] <= measured <= rate["at_most"]


@pytest.mark.parametrize("work", [
    RESNET18, LITE0, TWO_TINY, Work(0, 0, 0), Work(1_000_000_000, 0, 0), Work(50_000_000, 5_000_000, 100_000),
    Work(10**13, 10**11, 10**9),
])  # fmt: skip
def test_a_range_and_not_above_the_camera(work: Work) -> None:
    rate = frame_rate(work)
    assert 0 < rate["at_least"] < rate["at_most"] <= MOST_FRAMES
    assert rate["at_least"] <= rate["frames_per_second"] <= rate["at_most"]


def test_a_small_network_is_not_promised_more_than_was_ever_measured() -> None:
    assert TWO_TINY.frames_per_second() > 2000
    assert (frame_rate(TWO_TINY)["at_least"], frame_rate(TWO_TINY)["at_most"]) == (15, 30)
    report = report_of("IMAGE_CLASSIFICATION", frame_rate=frame_rate(TWO_TINY))
    english, thai = readme(["model"], report).split("-" * 60)
    assert "Between 15 and 30 pictures a second" in english and "15 ถึง 30 ภาพต่อวินาที" in thai


def test_the_range_is_rounded_outwards() -> None:
    assert (frame_rate(RESNET18)["at_least"], frame_rate(RESNET18)["at_most"]) == (15, 18)  # 15.87 and 17.54
    assert (frame_rate(LITE0)["at_least"], frame_rate(LITE0)["at_most"]) == (0.98, 5.9)  # 0.989 and 5.87


def test_a_module_has_the_work_of_its_converted_network() -> None:
    with torch.device("meta"):
        for name, work in (("resnet18", RESNET18), ("efficientnet-lite0", LITE0)):
            assert work_of_module(build_model("IMAGE_CLASSIFICATION", name, 2), (1, 3, 224, 224)) == work
        mixed = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1, stride=2), nn.Conv2d(4, 4, 3, padding=1, groups=4),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2),
        )  # fmt: skip
        assert work_of_module(mixed, (1, 3, 8, 8)) == Work(4 * 3 * 9 * 16 + 8, 4 * 9 * 16, 0)


def test_how_many_times_fewer() -> None:
    assert times_fewer(RESNET18, LITE0) == pytest.approx((2.99, 16.04), abs=0.01)
    assert times_fewer(LITE0, LITE0) == (1, 1)
    assert times_fewer(TWO_TINY, Work(0, 0, 0)) == (1, 1)  # both are as fast as the camera


# docs/ide-contract.md § What the boards do
@pytest.mark.parametrize(("work", "measured"), [
    (Work(1_813_561_344, 0, 0, ()), 16.5),  # ResNet-18
    (Work(1_893_918_208, 0, 0, ()), 16.5),  # slim YOLO, ReLU
    (Work(1_893_918_208, 0, 3_963_904, ()), 1.9),  # slim YOLO, ReLU6
    (Work(278_777_856, 20_716_416, 3_803_968, ()), 1.8),  # MobileNetV2, Clips on the CPU
])  # fmt: skip
def test_the_points_measured_on_the_board_come_out(work: Work, measured: float) -> None:
    assert work.frames_per_second() == pytest.approx(measured, rel=0.04)


def test_the_lower_end_counts_a_processor_at_its_slowest() -> None:
    work = Work(278_777_856, 20_716_416, 0, ())
    assert work.frames_per_second(CPU_MS_PER_MILLION_AT_WORST) == pytest.approx(1.8, rel=0.02)
