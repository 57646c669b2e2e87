"""Which network a detection trains: what contract/boards.json has for the project's board."""

from __future__ import annotations

from mai import events
from mai.boards import DEFAULT_BOARD, NETWORKS
from mai.config import Project, default_network
from mai.train.plan.settings import notify_default, plain_name


def network_of(project: Project) -> str:
    """The network to train, with a notice where it is not the one asked for: the IDE offers networks of other boards
    and of other publishers, and block programs."""
    here = _of_board(project.board)
    default = default_network(project.type, project.board)
    if project.train.code is not None:
        events.notice("blocks_without_boxes", model=here[default])
        return here[default]
    asked = project.train.model_type
    named = _find(asked, here)
    if named is None and any(_find(asked, _of_board(board)) for board in NETWORKS):
        events.notice("detector_substituted", asked=asked, model=here[default])
        return here[default]
    if named is None:
        named = notify_default(project)
    if here[named] != named:
        events.notice("detector_of_ours", asked=named, model=here[named])
    return here[named]


def _of_board(board: str) -> dict[str, str]:
    """What can be asked for → what is trained; the trained networks can be asked for themselves."""
    offered = NETWORKS.get(board, NETWORKS[DEFAULT_BOARD])["OBJECT_DETECTION"]
    return {**offered, **{name: name for name in offered.values()}}


def _find(asked: str, networks: dict[str, str]) -> str | None:
    return next((name for name in networks if plain_name(name) == plain_name(asked)), None)
