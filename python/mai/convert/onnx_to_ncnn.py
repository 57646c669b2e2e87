"""Convert ONNX → NCNN with pnnx, an executable inside the `pnnx` package.

onnx2ncnn model.onnx model.param model.bin --inputshape 1,3,224,224
"""

from __future__ import annotations

import argparse
import errno
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mai.errors import MaiError

TIMEOUT_S = 300.0  # ResNet-18 takes 1 s; a network that needs minutes will not fit the board either
_ROOM_TIMES, _ROOM_BYTES = 3, 1 << 20  # pnnx writes the network simplified and as ncnn, and some small files
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def onnx_to_ncnn(
    onnx: Path, param: Path, binary: Path, input_shape: Sequence[int], timeout_s: float = TIMEOUT_S
) -> None:
    """Write the ncnn model (`param` text, `binary` float32) of an ONNX file with one input of `input_shape`.

    pnnx leaves nine files beside its input, so it works on a link in a folder of its own. On an error nothing is
    written. Raises MaiError `pnnx_failed` with pnnx's last line, `pnnx_timeout`, or OSError (ENOSPC).
    """
    if not onnx.is_file():
        raise MaiError("onnx_missing", file=onnx.name)
    with tempfile.TemporaryDirectory(prefix=".pnnx-", dir=param.resolve().parent) as folder:
        work = Path(folder)
        _require_room(work, _ROOM_TIMES * onnx.stat().st_size + _ROOM_BYTES)
        (work / "m.onnx").symlink_to(onnx.resolve())
        said = _run_pnnx(work, input_shape, timeout_s)
        made = work / "m.ncnn.param", work / "m.ncnn.bin"
        if not all(file.is_file() for file in made) or made[0].stat().st_size == 0:
            raise MaiError("pnnx_failed", reason=said)
        _write_input_shape(made[0], input_shape)
        os.replace(made[1], binary)
        os.replace(made[0], param)


def _write_input_shape(param: Path, shape: Sequence[int]) -> None:
    """Write the input's shape, which pnnx leaves out and `spnntools optimize` needs: 0=width 1=height 2=channels."""
    sizes = " ".join(f"{key}={size}" for key, size in enumerate(reversed(shape[1:])))
    text = param.read_text(encoding="utf-8")
    param.write_text(
        re.sub(r"^(Input +\S+ +0 +1 +\S+)[^\n]*$", rf"\g<1> {sizes}", text, count=1, flags=re.MULTILINE),
        encoding="utf-8",
        newline="\n",
    )


def _run_pnnx(work: Path, input_shape: Sequence[int], timeout_s: float) -> str:
    """Run pnnx in `work`; what it does not need to write goes to the null device. Returns its last line."""
    shape = ",".join(str(size) for size in input_shape)
    unwanted = [f"{name}={os.devnull}" for name in ("pnnxparam", "pnnxbin", "pnnxpy", "pnnxonnx", "ncnnpy")]
    wanted = ["ncnnparam=m.ncnn.param", "ncnnbin=m.ncnn.bin"]
    command = [str(_pnnx_executable()), "m.onnx", f"inputshape=[{shape}]", "fp16=0", *wanted, *unwanted]
    try:
        done = subprocess.run(
            command,
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MaiError("pnnx_timeout", seconds=timeout_s) from None
    lines = [line for line in _COLOUR.sub("", done.stdout.decode("utf-8", "replace")).splitlines() if line.strip()]
    said = lines[-1].strip()[:200] if lines else "it said nothing"
    if done.returncode != 0:
        print("\n".join(lines[-30:]), file=sys.stderr)  # noqa: T201 - people's text
        raise MaiError("pnnx_failed", reason=said)
    return said


def _require_room(work: Path, needed: int) -> None:
    """Raise OSError if the disk is full: pnnx does not notice, succeeds and leaves truncated files."""
    if shutil.disk_usage(work).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _pnnx_executable() -> Path:
    """The executable inside the package; found without importing it, as that would import torch."""
    spec = importlib.util.find_spec("pnnx")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for name in ("pnnx", "pnnx.exe"):
            if (Path(folder) / name).is_file():
                return Path(folder) / name
    found = shutil.which("pnnx")
    if found:
        return Path(found)
    raise MaiError("pnnx_missing")


def main(argv: Sequence[str]) -> int:
    """The command line. Exit code 1 and one sentence on any error."""
    parser = argparse.ArgumentParser(
        prog="onnx2ncnn",
        description="Convert an ONNX model to an ncnn model (float32).",
        epilog="example: tools/onnx2ncnn model.onnx model.param model.bin --inputshape 1,3,224,224",
    )
    parser.add_argument("onnx", type=Path)
    parser.add_argument("param", type=Path)
    parser.add_argument("bin", type=Path)
    parser.add_argument("--inputshape", type=_shape, help="default: as the ONNX file says")
    args = parser.parse_args(argv)
    try:
        shape = _shape_in(args.onnx, args.inputshape) if args.onnx.is_file() else (1,)
        onnx_to_ncnn(args.onnx, args.param, args.bin, shape)
    except (MaiError, OSError) as reason:
        print(f"onnx2ncnn: {reason}", file=sys.stderr)  # noqa: T201 - a command line
        return 1
    return 0


def _shape(text: str) -> tuple[int, ...]:
    sizes = re.findall(r"\d+", text)
    if not re.fullmatch(r"\[?\s*\d+(\s*[,x]\s*\d+)*\s*\]?", text) or any(int(size) < 1 for size in sizes):
        raise argparse.ArgumentTypeError(f"{text!r} is no shape: write it as 1,3,224,224")
    return tuple(int(size) for size in sizes)


def _shape_in(path: Path, given: tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape `given`, or the one in the file; the input must be float32, as the board's camera delivers."""
    import onnx  # costs 0.3 s, needed only here
    from google.protobuf.message import DecodeError

    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except DecodeError:
        raise MaiError("onnx_unreadable", file=path.name) from None
    constants = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    for value in inputs[:1]:
        kind = value.type.tensor_type.elem_type
        if kind != onnx.TensorProto.FLOAT:
            name = onnx.TensorProto.DataType.Name(kind).lower()
            raise MaiError(
                "onnx_type",
                file=path.name,
                value=name,
            )
    if given is not None:
        return given
    sizes = [dim.dim_value for value in inputs[:1] for dim in value.type.tensor_type.shape.dim]
    if not sizes or min(sizes) < 1:
        raise MaiError("onnx_shape", file=path.name)
    return tuple(sizes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
