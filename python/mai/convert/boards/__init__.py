"""Boards that a model can be made for: one file per target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mai.config import ProjectType
from mai.convert.boards import kidbright_mai, kidbright_mai_voice
from mai.convert.job import Job, Outcome
from mai.convert.stages import Stages
from mai.errors import MaiError


@dataclass(frozen=True)
class Target:
    """`convert` enters each of `stages` once, in order, and writes the board's files into the job's folder."""

    stages: tuple[str, ...]
    convert: Callable[[Job, Stages], Outcome]


_IMAGES = Target(kidbright_mai.STAGES, kidbright_mai.convert)
_VOICE = Target(kidbright_mai_voice.STAGES, kidbright_mai_voice.convert)

TARGETS: dict[str, dict[ProjectType, Target]] = {
    "kidbright-mai": {
        "IMAGE_CLASSIFICATION": _IMAGES, "OBJECT_DETECTION": _IMAGES, "VOICE_CLASSIFICATION": _VOICE,
    },
}  # fmt: skip


def target_for(board: str, project_type: ProjectType) -> Target:
    """Raises MaiError `board_unsupported` naming the boards there are."""
    if board not in TARGETS:
        known = ", ".join(TARGETS)
        raise MaiError(
            "board_unsupported",
            board=board,
            known=known,
        )
    return TARGETS[board][project_type]
