"""Convert networks for kidbright-mai-plus (CV181x): an int8 .cvimodel, and a .mud that says how to feed it."""

from __future__ import annotations

from functools import partial

from mai.config import ProjectType
from mai.convert.boards.kidbright_mai_plus.convert import STAGES, answers, convert
from mai.convert.boards.kidbright_mai_plus.ways import BOXES, ONE_LABEL
from mai.convert.target import Target

__all__ = ["TARGETS"]

TARGETS: dict[ProjectType, Target] = {
    "IMAGE_CLASSIFICATION": Target(STAGES, partial(convert, ONE_LABEL), answers),
    "OBJECT_DETECTION": Target(STAGES, partial(convert, BOXES), answers),
    "VOICE_CLASSIFICATION": Target(STAGES, partial(convert, ONE_LABEL)),
}
