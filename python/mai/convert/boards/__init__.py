"""Boards that a model can be made for: a file or a folder per target."""

from __future__ import annotations

from mai.boards import NETWORKS
from mai.config import ProjectType
from mai.convert.boards import kidbright_mai, kidbright_mai_plus, kidbright_mai_voice
from mai.convert.target import Target
from mai.errors import MaiError
from mai.models.registry import LoadedModel

__all__ = ["TARGETS", "Target", "require_network_of", "target_for"]

_IMAGES = Target(kidbright_mai.STAGES, kidbright_mai.convert, kidbright_mai.answers)
_VOICE = Target(kidbright_mai_voice.STAGES, kidbright_mai_voice.convert)

TARGETS: dict[str, dict[ProjectType, Target]] = {
    "kidbright-mai": {
        "IMAGE_CLASSIFICATION": _IMAGES, "OBJECT_DETECTION": _IMAGES, "VOICE_CLASSIFICATION": _VOICE,
    },
    "kidbright-mai-plus": kidbright_mai_plus.TARGETS,
}  # fmt: skip


def target_for(board: str, project_type: ProjectType) -> Target:
    """Raises MaiError `board_unsupported` naming the boards that there are."""
    if board not in TARGETS:
        raise MaiError("board_unsupported", board=board, known=", ".join(TARGETS))
    return TARGETS[board][project_type]


def require_network_of(board: str, trained: LoadedModel) -> None:
    """Raises MaiError `network_of_other_board` if the board's program reads another network's output."""
    networks = NETWORKS.get(board, {}).get(trained.project_type)
    if networks is not None and trained.name not in networks.values():
        raise MaiError("network_of_other_board", model=trained.name, board=board)
