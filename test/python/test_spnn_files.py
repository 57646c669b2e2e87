"""What the readers refuse, with the place and the reason; and what they accept."""

import struct

import numpy as np
import pytest
from spnn.errors import SpnnFormatError
from spnn.format import constants as c
from spnn.format.bin import attach_blobs
from spnn.format.cells import as_float, as_int, format_exact, parse_cell, parse_float32, parse_float32_row
from spnn.format.graph import Blob, Graph, Layer
from spnn.format.model_files import encode_param, read_model, write_model
from spnn.format.param import parse_param

INPUT = "Input data 0 1 data 0=8 1=8 2=4\n"
CONV = "Convolution conv 1 1 data out 0=2 1=1 5=1 6=8\n"


def param(*lines, layers=None, blobs=None):
    names = {name for line in lines for name in line.split()[4:] if "=" not in name}
    head = f"7767517\n{len(lines) if layers is None else layers} {len(names) if blobs is None else blobs}\n"
    return (head + "".join(lines)).encode()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b"", 1, "starts with"),
        (b"7767518\n1 1\n", 1, "starts with"),
        (b"7767517\n", 2, "number of layers"),
        (b"7767517\nx 1\n", 2, "not a whole number"),
        (b"7767517\n0 0\n", 2, "no layer"),
        (b"7767517\n-1 1\n", 2, "negative"),
        (param(INPUT, layers=2), 2, "says 2 layers"),
        (param(INPUT, layers=1000000000), 2, "says 1000000000 layers"),
        (param(INPUT, blobs=3), 2, "says 3 blobs"),
        (param(INPUT, "ReLU r 1\n"), 4, "two counts"),
        (param(INPUT, "ReLU r 1 1000000000 data\n"), 4, "names fewer"),
        (param(INPUT, "ReLU r -1 1 out\n"), 4, "negative"),
        (param(INPUT, "ReLU r 1 1 other out\n"), 4, "before any layer makes it"),
        (param("ReLU a 1 1 y x\n", "ReLU b 1 1 x y\n"), 3, "before any layer makes it"),
        (param(INPUT, "ReLU r 1 1 data data\n"), 4, "made twice"),
        (param(INPUT, "ReLU r 1 1 data a\n", "ReLU s 1 1 data b\n"), 5, "needs a Split"),
        (param(INPUT, "ReLU r 1 1 data out 0\n"), 4, "id=value"),
        (param(INPUT, "ReLU r 1 1 data out nan=1\n"), 4, "not a whole number"),
        (param(INPUT, "ReLU r 1 1 data out 0=nonsense\n"), 4, "not a number"),
        (param(INPUT, "ReLU r 1 1 data out 0=99999999999\n"), 4, "32 bits"),
        (param(INPUT, "ReLU r 1 1 data out 32=1\n"), 4, "outside 0..31"),
        (param(INPUT, "ReLU r 1 1 data out -23332=1,1\n"), 4, "outside 0..31"),
        (param(INPUT, "ReLU r 1 1 data out -23300=2,1\n"), 4, "announces 2 values"),
        (param(INPUT, "ReLU r 1 1 data out 0=1,2\n"), 4, "several values"),
        (param(INPUT) + b"ReLU \xff 1 1 data out\n", 2, "says 1 layers"),
        (b"7767517\n2 2\n" + INPUT.encode() + b"ReLU \xff 1 1 data out\n", 4, "UTF-8"),
        (b"7767517\n1 1\nInput " + b"n" * 300 + b" 0 1 data\n", 3, "300 bytes"),
    ],
)
def test_refused_params(text, line, reason):
    with pytest.raises(SpnnFormatError, match=reason) as caught:
        parse_param(text)
    assert (caught.value.unit, caught.value.offset) == ("line", line)


def test_blank_lines_and_windows_line_ends():
    graph = parse_param(b"7767517\r\n2 2\r\n\r\nInput data 0 1 data 0=4\r\nReLU r 1 1 data out\r\n")
    assert [layer.type for layer in graph.layers] == ["Input", "ReLU"]


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


WEIGHTS = struct.pack("<I", 0) + floats(*range(8))


@pytest.mark.parametrize(
    ("data", "byte", "reason"),
    [
        (b"", 0, "tag of the weights"),
        (WEIGHTS[:20], 4, "needs 32 bytes, 16 are left"),
        (WEIGHTS + floats(1), 36, "bias of layer 'conv': needs 8 bytes, 4 are left"),
        (WEIGHTS + floats(1, 2, 3), 44, "4 bytes follow"),
        (struct.pack("<I", 0x000D4B38) + WEIGHTS[4:] + floats(1, 2), 0, "neither float32"),
    ],
)
def test_refused_bins(data, byte, reason):
    graph = parse_param(param(INPUT, CONV))
    with pytest.raises(SpnnFormatError, match=reason) as caught:
        attach_blobs(graph, data)
    assert (caught.value.unit, caught.value.offset) == ("byte", byte)


@pytest.mark.parametrize("size", [2147483647, -5, -2147483648])
def test_absurd_sizes_allocate_nothing(size):
    for line in (CONV.replace("6=8", f"6={size}"), f"BatchNorm bn 1 1 data out 0={size}\n",
                 f"PReLU p 1 1 data out 0={size}\n", f"Scale s 1 1 data out 0={size}\n"):  # fmt: skip
        with pytest.raises(SpnnFormatError, match=r"needs|elements"):
            attach_blobs(parse_param(param(INPUT, line)), WEIGHTS)


def test_a_float_in_an_int_parameter_is_its_bits():
    graph = parse_param(param(INPUT, CONV.replace("6=8", "6=8.0")))
    with pytest.raises(SpnnFormatError, match="needs 4362076160 bytes"):
        attach_blobs(graph, WEIGHTS)


def test_model_errors_name_the_file(tmp_path):
    (tmp_path / "m.param").write_bytes(param(INPUT, "Swish s 1 1 data out\n"))
    (tmp_path / "m.bin").write_bytes(b"")
    with pytest.raises(SpnnFormatError, match="'s' has type 'Swish'") as caught:
        read_model(tmp_path / "m.param", tmp_path / "m.bin")
    assert str(caught.value).startswith(f"{tmp_path / 'm.param'}, line 4: ")
    (tmp_path / "m.param").write_bytes(param(INPUT, "ReLU r 1 1 data out\n"))
    with pytest.raises(SpnnFormatError, match="not a regular file"):
        read_model(tmp_path / "m.param", tmp_path)
    with pytest.raises(FileNotFoundError):
        read_model(tmp_path / "m.param", tmp_path / "none.bin")


@pytest.mark.parametrize("line", ["Eltwise e 1 2 data a b\n", "Convolution v 0 1 out 0=1\n", "Input i 1 1 data out\n"])
def test_wrong_number_of_inputs_or_outputs(line, tmp_path):
    (tmp_path / "m.param").write_bytes(param(INPUT, line))
    (tmp_path / "m.bin").write_bytes(b"")
    with pytest.raises(SpnnFormatError, match="it takes"):
        read_model(tmp_path / "m.param", tmp_path / "m.bin")


def test_a_cell_without_a_point_is_an_integer_and_its_bits_are_those_of_a_float():
    assert parse_cell("6") == 6
    assert isinstance(parse_cell("6"), int)
    assert as_float(parse_cell("6")) == pytest.approx(8.407790785948902e-45)
    assert as_int(parse_cell("1.0")) == 0x3F800000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1E2", 100.0),
        ("-.5", -0.5),
        ("inf", float("inf")),
        ("1e39", float("inf")),
        ("1.", 1.0),
        ("5.e1", 50.0),
    ],
)
def test_a_cell_with_a_point_or_an_exponent_is_a_float(text, value):
    assert parse_cell(text) == value
    assert isinstance(parse_cell(text), float)


@pytest.mark.parametrize("text", ["", ".", "1_0", "0x10", "1e", "infinity", " 1", "１"])
def test_a_cell_that_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="not a number"):
        parse_cell(text)


def test_decimals_are_rounded_once():
    # 1 + 2^-24 lies between two float32; the digit far behind decides, and float64 does not see it.
    assert parse_float32("1.000000059604644775390625") == 1.0
    assert parse_float32("1.00000005960464477539062500001") == float(np.nextafter(np.float32(1), np.float32(2)))
    assert parse_float32("-1.00000005960464477539062500001") == -float(np.nextafter(np.float32(1), np.float32(2)))


def test_a_row_of_decimals_is_read_as_each_alone():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, 2000, dtype=np.uint32).view(np.float32)
    near = bits[np.isfinite(bits)].astype(np.float64)
    halves = (near[:200] + np.nextafter(near[:200].astype(np.float32), np.float32(np.inf))) / 2
    texts = [
        *(f"{x:f}" for x in near), *(f"{x:.9e}" for x in near), *(f"{x:.60e}" for x in halves),
        "1.00000005960464477539062500001", "-1.00000005960464477539062500001", "1.000000059604644775390625",
        "3.4028235677973366e38", "3.5e38", "-1e999", "1e-46", "0", "-0.0", ".5", "7.",
    ]  # fmt: skip
    expected = np.array([parse_float32(text) for text in texts], np.float32)
    assert parse_float32_row(texts).tobytes() == expected.tobytes()
    assert parse_float32_row(["1.5", "inf", "nan"]).tobytes() == np.array([1.5, np.inf, np.nan], np.float32).tobytes()
    with pytest.raises(ValueError, match=r"'1\.x' is not a number"):
        parse_float32_row(["1.5", "1.x"])


def test_exact_floats_survive_a_float_model():
    rng = np.random.default_rng(0)
    for bits in rng.integers(0, 2**32, 2000, dtype=np.uint32):
        value = float(bits.view(np.float32))
        if np.isfinite(value):
            again = parse_cell(format_exact(value))
            assert isinstance(again, float)
            assert np.float32(again).tobytes() == np.float32(value).tobytes()


def test_blocks_of_every_kind(tmp_path):
    half = np.array([1.5, -2, 65504], np.float16)
    layers = [
        Layer("Input", "data", [], ["data"], {0: 3, 1: 1, 2: 1}),
        Layer("MemoryData", "ไทย", [], ["m"], {0: 3}, [Blob.raw(np.float32([1, 2, 3]))]),
        Layer("BinaryOp", "mul", ["data", "m"], ["p"], {0: 2}),
        Layer("InnerProduct", "fc", ["p"], ["out"], {0: 1, 1: 1, 2: 3},
              [Blob(c.TAG_FLOAT16, half), Blob.raw(np.float32([7]))]),
    ]  # fmt: skip
    write_model(Graph(layers), tmp_path / "m.param", tmp_path / "m.bin")
    assert (tmp_path / "m.bin").stat().st_size == 12 + 4 + 8 + 4
    graph = read_model(tmp_path / "m.param", tmp_path / "m.bin")
    assert graph.layers[1].name == "ไทย"
    assert graph.layers[3].blobs[0].data.dtype == np.float16
    np.testing.assert_array_equal(graph.layers[3].blobs[0].values, half.astype(np.float32))
    line = encode_param(graph).split(b"\n")[3]
    assert line.index("ไทย".encode()) == 25
    assert line[25:].index(b" 0 1 m") == 24  # padded by bytes, as C does


def test_a_failed_write_leaves_the_old_files(tmp_path):
    graph = parse_param(param(INPUT))
    write_model(graph, tmp_path / "m.param", tmp_path / "m.bin")
    old = (tmp_path / "m.param").read_bytes()
    graph.layers[0].name = "other"
    with pytest.raises(OSError):
        write_model(graph, tmp_path / "m.param", tmp_path / "missing" / "m.bin")
    assert (tmp_path / "m.param").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.bin", "m.param"]
