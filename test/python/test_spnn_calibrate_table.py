"""The calibration table as text: tolerances of the reader, exact text of the writer."""

import numpy as np
import pytest
from spnn.errors import SpnnFormatError
from spnn.format.arithmetic import INT_MIN, multiplier_and_shift, to_int16, to_int32
from spnn.format.table import Table, format_table, parse_table, read_table, write_table


def test_reader_takes_any_order_blank_lines_and_no_final_newline():
    table = parse_table("\nb2 1.5 9 9\n\nconv_param_0 1 2 3   \n  b2 2.5\nzero inf")
    np.testing.assert_array_equal(table.weight_scales["conv"], np.float32([1, 2, 3]))
    assert table.blob_scales == {"b2": 2.5, "zero": np.inf}
    assert table.scale("missing") == 0


def test_writer_prints_numbers_as_printf_does():
    table = Table({"conv": np.float32([127 / 0.7, np.finfo(np.float32).max])}, {"b": 0.4998703, "z": np.inf})
    assert format_table(table) == (
        "conv_param_0 181.428574 340282346638528859811704183484516925440.000000 \nb 0.499870\nz inf\n"
    )


def test_round_trip(tmp_path):
    table = Table({"a": np.float32([1.25, 3])}, {"x": 0.5, "y": 7.0})
    write_table(table, tmp_path / "table")
    again = read_table(tmp_path / "table")
    assert format_table(again) == format_table(table)
    assert list(again.blob_scales) == ["x", "y"]


@pytest.mark.parametrize("text", ["a 1\nb", "a 1\nb x", "a 1\nb_param_0 1 2_0", "a 1\nb_param_0"])
def test_a_broken_line_is_named(text):
    with pytest.raises(SpnnFormatError, match="line 2"):
        parse_table(text)


def test_bytes_that_are_no_text_are_named(tmp_path):
    (tmp_path / "t").write_bytes(b"a 1\n\xff\xfe")
    with pytest.raises(SpnnFormatError, match="byte 4"):
        read_table(tmp_path / "t")


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (1, (32767, 15)), (2, (16384, 13)), (0.5, (16384, 15)), (1.00001, (16384, 14)), (40000, (40000, 0)),
        (1e6, (62500, -4)), (0, (0, 15)), (np.inf, (INT_MIN, INT_MIN)), (np.nan, (INT_MIN, 15)),
    ],
)  # fmt: skip
def test_multiplier_and_shift_as_measured(ratio, expected):
    assert multiplier_and_shift(ratio) == expected


def test_rounding_is_half_away_from_zero_and_overflow_is_int_min():
    assert to_int32([0.5, 1.5, -0.5, -2.5, 0.49999997]).tolist() == [1, 2, -1, -3, 0]
    assert to_int32([np.nan, np.inf, 3e9, -3e9]).tolist() == [INT_MIN] * 4
    assert to_int16([40000, -40000, 1e20, 12.5]).tolist() == [32767, -32768, -32768, 13]
