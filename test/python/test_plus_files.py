"""The .mud of kidbright-mai-plus, which needs no compiler: what the board and the IDE read in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mai.convert.boards.kidbright_mai_plus.labels import board_names
from mai.convert.boards.kidbright_mai_plus.mud import mud
from mai.convert.boards.kidbright_mai_plus.steps import check_table
from mai.errors import MaiError
from mud_reader import labels_in, read_mud, renamed

# What JavaScript, in which the IDE looks for `model = …`, takes for blanks: other characters than Python.
JS_BLANKS = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
JS_MODEL = re.compile(f"model[{JS_BLANKS}]*=")
ORDINARY = [
    ["แมว"],
    ["cat 2", "cat", "หมา ตัวใหญ่", "C#"],
    [f"ป้าย {number}" for number in range(60)],
    ["สวัสดี", "v1.5", "a-b"],
]


def names_of(*labels: str) -> list[str]:
    return labels_in(mud(board_names(labels)))


@pytest.mark.parametrize("labels", ORDINARY, ids=len)
def test_ordinary_labels_are_the_names_on_the_board_in_their_order(labels: list[str]) -> None:
    assert names_of(*labels) == labels


def test_the_file_says_how_the_network_is_fed() -> None:
    text = mud(["a", "b"])
    sections = read_mud(text)
    assert sections["basic"] == {"type": "cvimodel", "model": "model.cvimodel"}
    assert sections["extra"]["mean"] == "127.5, 127.5, 127.5"
    assert sections["extra"]["scale"] == "0.0078125, 0.0078125, 0.0078125"
    assert {key: sections["extra"][key] for key in ("model_type", "input_type")} == {
        "model_type": "classifier", "input_type": "rgb",
    }  # fmt: skip
    assert "\r" not in text and text.endswith("\n")


def test_a_comma_or_a_line_break_in_a_label_makes_no_second_label() -> None:
    assert names_of("on, off", "up\ndown", "a\u2028b\r\nc") == ["on off", "up down", "a b c"]


def test_labels_that_become_alike_stay_different() -> None:
    assert names_of("a,b", "a b", "a\nb") == ["a b", "a b_", "a b__"]


def test_a_label_of_commas_alone_has_a_name() -> None:
    assert names_of("x", " , ") == ["x", "2"]


def test_the_ide_renames_the_model_and_no_label() -> None:
    labels = board_names(["model = cat", "a supermodel=b", "dog"])
    text = renamed(mud(labels), "0f3a")
    assert read_mud(text)["basic"]["model"] == "0f3a.cvimodel"
    assert read_mud(text)["extra"]["model_type"] == "classifier"
    assert labels_in(text) == ["model - cat", "a supermodel-b", "dog"]


def test_a_lone_label_is_no_file_name_and_none_begins_a_remark() -> None:
    assert names_of("v1.5") == ["v1_5"]
    assert names_of("#1", "cat ;x", "a;b") == ["1", "cat x", "a;b"]


LETTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from(list(" ,\"'=;#.[]\n\r\t\ufeffmodel"))
LABELS = st.lists(st.text(LETTERS, max_size=12), min_size=1, max_size=60, unique=True)


@given(LABELS)
@example(["model\ufeff= x"])
@example(["\ufeff", "2"])
@example(["[extra]", "labels = b", '"quoted"', "it's"])
def test_whatever_the_labels_the_file_has_as_many_names_and_one_model(labels: list[str]) -> None:
    text = mud(board_names(labels))
    names = labels_in(text)
    assert len(set(names)) == len(labels) == len(names)
    assert all(name and name == name.strip(JS_BLANKS) for name in names)
    assert len(JS_MODEL.findall(text)) == 1
    assert labels_in(renamed(text, "0f3a")) == names


def test_a_table_without_a_usable_range_is_refused() -> None:
    check_table("# made today\ninput0 0.99 -0.99 0.99\nrelu 3 0 3\n")
    for row in ("relu 0 0 0", "relu nan 0 3", "relu 3 0 inf", "relu 3 0", ""):
        with pytest.raises(MaiError, match="has not learnt enough"):
            check_table(f"# made today\n{row}\n")
