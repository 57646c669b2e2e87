"""tools/onnx2ncnn: files, errors in one sentence, and nothing left lying about."""

from __future__ import annotations

import errno
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from float_nets import conv
from mai.convert.export_onnx import export_onnx
from mai.convert.onnx_to_ncnn import main, onnx_to_ncnn
from mai.convert.run_ncnn import run_ncnn
from mai.errors import MaiError
from torch import nn

TOOL = Path(__file__).parents[2] / "tools" / "onnx2ncnn"


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(conv(), nn.BatchNorm2d(8), nn.ReLU()).eval()


@pytest.fixture(scope="module")
def onnx(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export_onnx(network, (1, 3, 8, 8), path)
    return path


def test_writes_two_files_and_nothing_else(onnx: Path, network: nn.Module, tmp_path: Path) -> None:
    param, binary = tmp_path / "m.param", tmp_path / "m.bin"
    done = subprocess.run([TOOL, onnx, param, binary], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["m.bin", "m.param"]
    assert [file.name for file in onnx.parent.iterdir()] == ["model.onnx"]
    x = torch.randn(1, 3, 8, 8)
    with torch.inference_mode():
        expected = network(x).numpy()
    assert np.abs(run_ncnn(param, binary, x.numpy(), ("in0", "out0")) - expected).max() < 1e-5


def test_says_in_one_sentence_what_is_wrong(onnx: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(onnx.read_bytes()[:200])
    for arguments in ([tmp_path / "gone.onnx"], [broken, "--inputshape", "1,3,8,8"], [onnx, "--inputshape", "1,4,8,8"]):
        source, *more = map(str, arguments)
        assert main([source, str(tmp_path / "m.param"), str(tmp_path / "m.bin"), *more]) == 1, arguments
        said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("onnx2ncnn: ")]
        assert len(said) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["broken.onnx"]


def test_does_not_begin_without_room(onnx: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = shutil.disk_usage(tmp_path)._replace(free=(1 << 20) + 2 * onnx.stat().st_size)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: room)
    with pytest.raises(OSError, match="No space left") as caught:
        onnx_to_ncnn(onnx, tmp_path / "m.param", tmp_path / "m.bin", (1, 3, 8, 8))
    assert caught.value.errno == errno.ENOSPC and list(tmp_path.iterdir()) == []


def test_gives_up_in_time(onnx: Path, tmp_path: Path) -> None:
    with pytest.raises(MaiError) as caught:
        onnx_to_ncnn(onnx, tmp_path / "m.param", tmp_path / "m.bin", (1, 3, 8, 8), timeout_s=0.001)
    assert caught.value.code == "pnnx_timeout" and list(tmp_path.iterdir()) == []


def test_optimize_takes_what_was_written(network: nn.Module, tmp_path: Path) -> None:
    """Both commands of the README's chapter "By hand"; the second one needs the shape of the input."""
    files = {name: tmp_path / name for name in ("m.param", "m.bin", "o.param", "o.bin")}
    export_onnx(network, (1, 3, 8, 6), tmp_path / "m.onnx")
    onnx_to_ncnn(tmp_path / "m.onnx", files["m.param"], files["m.bin"], (1, 3, 8, 6))
    (line,) = [line for line in files["m.param"].read_text().splitlines() if line.startswith("Input")]
    assert line.split()[4:] == ["in0", "0=6", "1=8", "2=3"]
    command = [TOOL.parent / "spnntools", "optimize", *files.values()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert files["o.param"].stat().st_size and files["o.bin"].stat().st_size


@pytest.mark.parametrize("kind", ["FLOAT16", "UINT8", "DOUBLE"])
@pytest.mark.parametrize("more", [[], ["--inputshape", "1,3,8,8"]])
def test_an_input_that_is_not_float32_gets_a_sentence(
    onnx: Path, tmp_path: Path, capsys: pytest.CaptureFixture, kind: str, more: list[str]
) -> None:
    import onnx as package

    model = package.load(str(onnx))
    model.graph.input[0].type.tensor_type.elem_type = getattr(package.TensorProto, kind)
    package.save(model, str(tmp_path / "m.onnx"))
    assert main([str(tmp_path / name) for name in ("m.onnx", "m.param", "m.bin")] + more) == 1
    assert f"is {kind.lower()}: export" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["m.onnx"]
