"""The milliseconds that a report for kidbright-mai-plus expects hold what others measured on such boards."""

from __future__ import annotations

import pytest
from mai.convert.boards.kidbright_mai_plus.speed import milliseconds
from mai.convert.boards.kidbright_mai_plus.ways import ONE_LABEL
from mai.models.registry import build_model


@pytest.mark.parametrize(
    ("kind", "name", "shape", "measured"),
    [
        ("IMAGE_CLASSIFICATION", "mobilenet-100", (1, 3, 224, 224), 11),
        ("VOICE_CLASSIFICATION", "voice-cnn", (1, 3, 40, 47), 2),
    ],
)
def test_the_range_holds_what_was_measured(kind, name, shape, measured: float) -> None:
    more = {"frames": shape[3]} if kind == "VOICE_CLASSIFICATION" else {}
    expected = milliseconds(build_model(kind, name, 2, **more), shape)
    assert expected["at_least"] <= measured <= expected["at_most"]
    assert expected["at_least"] < expected["at_most"]
    assert expected["estimate"] is True


def test_the_work_is_counted_on_a_copy() -> None:
    network = build_model("IMAGE_CLASSIFICATION", "mobilenet-100", 1000)
    counted = milliseconds(network, (1, 3, 224, 224))["million_multiply_adds"]
    assert counted == pytest.approx(300.8, abs=0.5)  # as published (arXiv 1801.04381, table 4): 300
    assert all(str(parameter.device) == "cpu" for parameter in network.parameters())


def test_a_larger_network_takes_longer() -> None:
    small, large = (
        milliseconds(build_model("IMAGE_CLASSIFICATION", name, 2), (1, 3, 224, 224))
        for name in ("mobilenet-25", "resnet18")
    )
    assert large["at_least"] > 3 * small["at_most"]


def test_the_report_of_photos_and_sounds_has_them() -> None:
    class Job:
        shape = (1, 3, 224, 224)

        class trained:
            module = build_model("IMAGE_CLASSIFICATION", "mobilenet-10", 2)

    assert ONE_LABEL.report(Job)["milliseconds"]["at_least"] >= 1
