"""tools/spnntools as a person runs it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "test" / "fixtures" / "spnn" / "golden"
TOOL = ROOT / "tools" / "spnntools"


def run(*argv, tool=TOOL):
    command = [tool] if (ROOT / ".venv").exists() or tool != TOOL else [sys.executable, "-m", "spnn.cli"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run([*command, *map(str, argv)], capture_output=True, text=True, timeout=120, env=environment)
    assert "Traceback" not in done.stderr
    return done


def test_one_model_all_the_way(tmp_path):
    case = GOLDEN / "cal_conv_int"
    out = {name: tmp_path / name for name in ("o.param", "o.bin", "q.param", "q.bin", "t")}
    done = run("optimize", case / "in.param", case / "in.bin", out["o.param"], out["o.bin"])
    assert (done.returncode, done.stdout) == (0, "shape_inference\n")
    forms = [f"-p={out['o.param']}", "-b", out["o.bin"], f"--images={GOLDEN / 'calib_img'}", "--output", out["t"]]
    done = run("calibrate", *forms, *(case / "args").read_text().split())
    assert done.returncode == 0 and "photo 6 of 6" in done.stderr, done.stderr
    assert out["t"].read_bytes() == (case / "table").read_bytes()
    done = run("quantize", out["o.param"], out["o.bin"], out["q.param"], out["q.bin"], out["t"])
    made = {"o.param": "opt.param", "o.bin": "opt.bin", "q.param": "int8.param", "q.bin": "int8.bin"}
    assert {name: out[name].read_bytes() for name in made} == {
        name: (case / golden).read_bytes() for name, golden in made.items()
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(out)


def test_calibrate_passes_over_what_systems_put_into_folders(tmp_path):
    case = GOLDEN / "cal_conv_int"
    shutil.copytree(GOLDEN / "calib_img", tmp_path / "photos")
    for name in (".DS_Store", "._photo.jpg", "Thumbs.db"):
        (tmp_path / "photos" / name).write_bytes(b"\0\0\0\1Bud1")
    model = [f"-p={case / 'opt.param'}", "-b", case / "opt.bin", f"--images={tmp_path / 'photos'}"]
    done = run("calibrate", *model, "--output", tmp_path / "t", *(case / "args").read_text().split())
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "t").read_bytes() == (case / "table").read_bytes()


@pytest.mark.parametrize("command", ["optimize", "calibrate", "quantize", "simulate", "inspect"])
def test_help(command):
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Example:\n  spnntools " + command in done.stdout
    assert command in run("--help").stdout


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["frobnicate"], "no command 'frobnicate'"),
        (["optimize", "a", "b"], "2 files are named, 4 are needed"),
        (["optimize", "--fast", "a", "b", "c", "d"], "no option --fast"),
        (["optimize", "missing.param", "b", "c", "d"], "missing.param: No such file"),
        (["optimize", GOLDEN / "index.json", "b", "c", "d"], "line 1: a .param starts with"),
        (["optimize", GOLDEN / "leaky/int8.param", GOLDEN / "leaky/int8.bin", "c", "d"], "quantised already"),
        (["quantize", GOLDEN / "leaky/in.param", GOLDEN / "leaky/in.bin", "c", "d", "missing"], "missing: No such"),
        (["inspect", GOLDEN / "misc/in.param", GOLDEN / "leaky/int8.bin"], "int8.bin, byte 0: weights of layer"),
        (["calibrate", "-p=a", "-b=b", "-i=c"], "--output is missing"),
        (["calibrate", "-p=a", "-b=b", "-i=c", "-o=d", "--m=1,2,3"], "--norm is missing"),
        (["calibrate", "-p=a", "-b=b", "-i=c", "-o=d", "--m=1,2", "--n=1,1,1"], "has 2 numbers: this needs 3"),
        (["calibrate", "-p=a", "-b=b", "-i=c", "-o=d", "--m=x", "--n=1,1,1"], "--mean is 'x'"),
        (["calibrate", "-p=a", "-b=b", "-i=c", "-o=d", "--m=0,nan,0", "--n=1,1,1"], "must be finite"),
        (["calibrate", "-p=a", "-b=b", "-i=c", "-o=d", "-m=1", "-n=1", "-g", "-s=0,9"], "--size is '0,9'"),
        (["calibrate", "-p=a", "-b=b", "-i=c", "-o"], "-o needs a value"),
        (["calibrate", "-p=a", "-b=b", "-i=c", "-o=d", "-c=1"], "-c is a switch"),
        (["simulate", "a"], "two files and --images are needed"),
    ],
)
def test_errors_are_one_sentence(argv, words, tmp_path):
    done = run(*argv)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_no_arguments():
    done = run()
    assert done.returncode == 1
    assert "spnntools optimize" in done.stdout


def test_a_failure_leaves_no_files(tmp_path):
    case = GOLDEN / "conv_1x1"
    done = run("optimize", case / "in.param", case / "in.bin", tmp_path / "o.param", tmp_path / "none" / "o.bin")
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_oddities_are_warnings_on_standard_error(tmp_path):
    case = GOLDEN / "binop_scalar_add"
    done = run("optimize", case / "in.param", case / "in.bin", tmp_path / "o.param", tmp_path / "o.bin")
    assert done.returncode == 0
    assert "warning: layer L1: it adds a number, which the tool loses" in done.stderr
    assert "[scalar_add]" in done.stderr
    assert "warning" not in done.stdout


@pytest.mark.parametrize("stage", ["in", "opt", "int8"])
def test_inspect(stage):
    case = GOLDEN / "cal_dw"
    table = [case / "table"] if stage == "int8" else []
    done = run("inspect", case / f"{stage}.param", case / f"{stage}.bin", *table)
    assert done.returncode == 0
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert all(part in lines["conv1"] for part in ("32 x 24 x 4", "9,216", " NPU "))
    assert " CPU " in lines["dw3"]
    assert "multiply-adds" in done.stdout.splitlines()[-1]
    assert ("%" in lines["conv1"]) == (stage == "int8")


def test_simulate(tmp_path):
    case, out = GOLDEN / "cal_float_net", tmp_path / "out.npz"
    options = ["-m", "127.5,127.5,127.5", "-n=0.0078125,0.0078125,0.0078125", "-c", "-t=1", f"-o={out}"]
    done = run("simulate", case / "int8.param", case / "int8.bin", f"-i={GOLDEN / 'calib_img'}", *options)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 6
    with np.load(out) as saved:
        assert saved["b16"].shape == (6, 5)
        assert len(saved["photos"]) == 6


def test_optimize_and_quantize_start_without_torch():
    modules = ("cli.__main__", "cli.models", "passes", "quantize", "format.table", "inspect")
    code = "import json, sys, " + ", ".join(f"spnn.{name}" for name in modules)
    code += "; print(json.dumps([name for name in ('torch', 'PIL') if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "python")}, check=True)  # fmt: skip
    assert json.loads(done.stdout) == []
