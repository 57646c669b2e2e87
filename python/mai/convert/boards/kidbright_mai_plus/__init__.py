"""Convert networks for kidbright-mai-plus (CV181x): an int8 .cvimodel, and a .mud that says how to feed it."""

from __future__ import annotations

from mai.config import ProjectType
from mai.convert.boards.kidbright_mai_plus.convert import STAGES, answers, convert
from mai.convert.target import Target

__all__ = ["TARGETS"]

TARGETS: dict[ProjectType, Target] = {
    "IMAGE_CLASSIFICATION": Target(STAGES, convert, answers),
    "VOICE_CLASSIFICATION": Target(STAGES, convert),
}
