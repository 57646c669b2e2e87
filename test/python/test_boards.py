"""The boards of contract/boards.json are those that a model can be made for, with the files that are made."""

from typing import get_args

import pytest
from mai.boards import DEFAULT_BOARD, FILES
from mai.config import ProjectType
from mai.convert.boards import TARGETS, kidbright_mai, kidbright_mai_voice, target_for
from mai.convert.boards.kidbright_mai_plus.mud import MODEL_FILE, MUD_FILE
from mai.errors import MaiError


def test_each_board_has_a_conversion_for_each_type() -> None:
    assert DEFAULT_BOARD in FILES
    assert TARGETS.keys() == FILES.keys()
    for board, targets in TARGETS.items():
        assert set(targets) == set(FILES[board]) <= set(get_args(ProjectType))
    assert set(TARGETS[DEFAULT_BOARD]) == set(get_args(ProjectType))


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
    with pytest.raises(MaiError, match="makes models for kidbright-mai, not for kidbright-mai-plus"):
        target_for("kidbright-mai-plus", "OBJECT_DETECTION")
