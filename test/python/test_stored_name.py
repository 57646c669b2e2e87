"""Names on disk: those that the server writes are found, from the same examples as its own tests."""

import hashlib
import json
from pathlib import Path

import pytest
from mai.data.stored_name import distinct_name, find_stored, stored_name

ROWS = json.loads((Path(__file__).parents[1] / "fixtures/stored-names.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row["name"][:20]))
def test_names_on_disk_are_those_of_the_server(row):
    assert stored_name(row["name"]) == row["stored"]
    assert distinct_name(row["name"]) == row["distinct"]


def test_long_names_are_those_of_before():
    # the same number is in test/unit/stored-name.test.ts
    assert stored_name("ก" * 100) == "ก" * 66 + "~4f2fe873239f54c4"
    photo, boxes = stored_name("ก" * 199 + ".jpg"), stored_name("ก" * 199 + ".xml")
    assert photo[:-4] == boxes[:-4]
    assert len(photo.encode()) <= 255


def test_half_of_a_surrogate_pair_is_no_crash():
    assert stored_name("\ud83d" * 200).startswith("\ufffd" * 60)
    assert find_stored(["a"], ["\ud83d"]) == {}


@pytest.mark.parametrize(
    "names",
    [
        ["A", "a"],
        ["cat", "cat ", "cat."],
        ["\u00e9", "e\u0301"],
        ["CON", "con"],
        ["what?", "what_"],
        ["v.A", "v.a", "V.a"],
        ["ก" * 100, "ก" * 101],
        ["", "."],
    ],
    ids=ascii,
)
@pytest.mark.parametrize("form", [str, stored_name, distinct_name], ids=["by hand", "stored", "distinct"])
def test_each_name_finds_its_own_entry_in_whatever_form_it_was_stored(names, form):
    entries = [form(name) for name in names]
    assert find_stored(reversed(entries), names) == dict(zip(names, entries, strict=True))


def test_the_server_keeps_the_first_of_two_names_and_hashes_the_other():
    assert find_stored(["A", distinct_name("a")], ["a", "A"]) == {"A": "A", "a": distinct_name("a")}


def test_names_that_differ_in_the_case_of_what_looks_like_an_extension_are_found():
    # the other end: test/unit/disk-names.test.ts, "names that differ in the case of their extension"
    entry = f"v~{hashlib.sha256(b'v.a').hexdigest()[:16]}.a"
    assert find_stored(["v.A", entry], ["v.a", "v.A"]) == {"v.A": "v.A", "v.a": entry}


def test_an_entry_of_exactly_the_name_comes_first():
    names = ["x", distinct_name("x")]
    assert find_stored(names, names) == {name: name for name in names}


def test_names_are_found_composed_or_decomposed_with_and_without_a_hash():
    assert find_stored(["e\u0301"], ["\u00e9"]) == {"\u00e9": "e\u0301"}
    assert find_stored([stored_name("e\u0301?")], ["\u00e9?"]) == {"\u00e9?": stored_name("e\u0301?")}
    assert find_stored([stored_name("\u00e9?")], ["e\u0301?"]) == {"e\u0301?": stored_name("\u00e9?")}


def test_no_entry_is_given_twice_and_none_that_differs_in_case():
    assert find_stored(["e\u0301"], ["\u00e9", "e\u0301"]) == {"e\u0301": "e\u0301"}
    assert find_stored(["a", "B"], ["A", "b", "c"]) == {}


def test_ids_are_stems_whatever_looks_like_an_extension_in_them():
    for name in ("a.b?", "ก" * 100 + ".b", "cat 1.jpg"):
        stored, distinct = (form(f"{name}.jpg")[:-4] for form in (stored_name, distinct_name))
        for entry in (stored, distinct, name):
            assert find_stored(["x", entry], [name], stems=True) == {name: entry}
