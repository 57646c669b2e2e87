"""The boards of contract/boards.json are those that a model can be made for, with the files that are made."""

from types import SimpleNamespace
from typing import get_args

import pytest
from mai.boards import DEFAULT_BOARD, FILES, NETWORKS
from mai.config import ProjectType
from mai.convert.boards import TARGETS, kidbright_mai, kidbright_mai_voice, require_network_of, target_for
from mai.convert.boards.kidbright_mai_plus.mud import MODEL_FILE, MUD_FILE
from mai.errors import MaiError
from mai.models.registry import FAMILIES


def test_each_board_has_a_conversion_for_each_type() -> None:
    assert DEFAULT_BOARD in FILES
    assert TARGETS.keys() == FILES.keys()
    for board, targets in TARGETS.items():
        assert set(targets) == set(FILES[board]) == set(get_args(ProjectType))


def test_what_the_board_loads_is_what_is_written() -> None:
    files = FILES["kidbright-mai"]
    for kind in ("IMAGE_CLASSIFICATION", "OBJECT_DETECTION"):
        assert set(files[kind]) == set(kidbright_mai.BOARD_FILES)
    assert files["VOICE_CLASSIFICATION"] == [kidbright_mai_voice.BOARD_FILE]
    for loaded in FILES["kidbright-mai-plus"].values():
        assert loaded == [MODEL_FILE, MUD_FILE]


def test_another_board_is_refused_with_the_names_of_those_that_there_are() -> None:
    assert target_for("kidbright-mai", "IMAGE_CLASSIFICATION").stages[0] == "export"
    with pytest.raises(MaiError, match="makes models for kidbright-mai, kidbright-mai-plus, not for micro"):
        target_for("micro:bit", "IMAGE_CLASSIFICATION")


def test_networks_differ_where_the_boards_programs_do() -> None:
    """A network is trained for one board alone, is one that we have, and is no network of another publisher."""
    boxes = [NETWORKS[board]["OBJECT_DETECTION"] for board in FILES]
    trained = [name for offered in boxes for name in offered.values()]
    assert sorted(trained) == sorted(FAMILIES["OBJECT_DETECTION"])
    assert [next(iter(offered)) for offered in boxes] == ["slim_yolo_v2", "yolo11n"]


@pytest.mark.parametrize(
    ("board", "name", "fits"),
    [
        ("kidbright-mai", "slim_yolo_v2", True),
        ("kidbright-mai", "efficientnet-lite0-boxes-n", False),
        ("kidbright-mai-plus", "slim_yolo_v2", False),
        ("kidbright-mai-plus", "efficientnet-lite0-boxes-s", True),
    ],
)
def test_a_detector_of_another_board_is_refused(board: str, name: str, fits: bool) -> None:
    trained = SimpleNamespace(project_type="OBJECT_DETECTION", name=name)
    if fits:
        require_network_of(board, trained)
        return
    with pytest.raises(MaiError) as caught:
        require_network_of(board, trained)
    assert caught.value.code == "network_of_other_board" and board in caught.value.msg and name in caught.value.msg


def test_a_network_of_labels_is_for_every_board() -> None:
    for board in FILES:
        require_network_of(board, SimpleNamespace(project_type="IMAGE_CLASSIFICATION", name="resnet18"))
