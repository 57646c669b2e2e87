"""The import lines of `mai`: what each of its folders may import (docs/architecture.md § Folders)."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from import_lines import imports_of

PYTHON = Path(__file__).parents[2] / "python"
CHILD = {"errors", "events"}
ARROWS = {
    "sentences": set(),
    "errors": {"sentences"},
    "events": {"sentences"},
    "class_order": set(),
    "boards": set(),
    "out_of_memory": set(),
    "forking": set(),
    "blas_threads": set(),
    "files": set(),
    "config": {"errors", "class_order", "boards"},
    "turn": {"events"},
    "cli": CHILD | {"out_of_memory", "turn"},
    "device": CHILD | {"torch"},
    "voice": {"errors", "numpy"},
    "plus": {"errors", "numpy"},
    "quality": CHILD | {"numpy", "torch"},
    "detect": {"quality", "numpy", "faster_coco_eval"},
    "data": CHILD | {"detect", "voice", "spnn", "numpy", "torch", "PIL", "soundfile", "soxr"},
    "models": CHILD | {"config", "files", "data", "detect", "voice", "numpy", "torch", "onnx"},
    "train": CHILD
    | {
        "blas_threads",
        "boards",
        "config",
        "files",
        "out_of_memory",
        "turn",
        "device",
        "data",
        "detect",
        "voice",
        "models",
        "quality",
        "numpy",
        "torch",
        "onnxruntime",
        "PIL",
    },
    "convert": CHILD
    | {"boards", "config", "cli", "files", "out_of_memory", "device", "data", "detect", "voice", "models", "plus"}
    | {"quality", "spnn", "numpy", "torch", "onnx", "google", "ncnn"},
    "infer": CHILD | {"data", "detect", "voice", "models", "plus", "quality", "spnn", "numpy", "torch"},
}
"""Folder or file of `mai` → what it may import: others of `mai`, packages. The standard library is open to all."""
BEFORE_RECIPES = {"engine", "plan", "results", "features"}
ROOMS = {
    "engine": set(),
    "plan": set(),
    "results": {"engine"},
    "features": {"engine"},
    "classification": BEFORE_RECIPES,
    "detection": BEFORE_RECIPES,
    "voice": BEFORE_RECIPES,
}
"""Room of `mai.train` → which others it may import. The engine knows no recipe, and no recipe another one."""


def problem(file: str, module: str) -> str:
    """What is wrong with `file` (relative to `mai`) importing `module`; empty if nothing."""
    package, *inner = module.split(".")
    path = Path(file).with_suffix("").parts
    if package in sys.stdlib_module_names:
        return ""
    other = (inner[0] if inner else "") if package == "mai" else package
    if package == "mai" and other == path[0]:
        return room_problem(path, inner) if other == "train" else ""
    return "" if other in ARROWS.get(path[0], set()) else f"mai/{file} may not import {module}"


def room_problem(path: tuple[str, ...], inner: list[str]) -> str:
    """What is wrong with a file of `mai.train` importing another one: each lies in a room."""
    own, theirs = path[1], (inner[1] if len(inner) > 1 else "")
    is_allowed = own == theirs or theirs in ROOMS.get(own, set())
    return "" if is_allowed else f"mai/{'/'.join(path)}.py may not import mai.{'.'.join(inner)}"


def test_imports_follow_the_arrows():
    lines = [
        (file.relative_to(PYTHON / "mai").as_posix(), module)
        for file in sorted((PYTHON / "mai").rglob("*.py"))
        for module in imports_of(file.read_text(encoding="utf-8"))
    ]
    assert len(lines) > 700
    assert [found for file, module in lines if (found := problem(file, module))] == []


def test_the_arrows_never_lead_back():
    TopologicalSorter(ARROWS).prepare()
    TopologicalSorter(ROOMS).prepare()


def test_every_file_of_a_training_lies_in_a_room():
    folder = PYTHON / "mai" / "train"
    files = [file.relative_to(folder) for file in folder.rglob("*.py") if file.parent != folder]
    assert {file.parts[0] for file in files} == set(ROOMS)
    assert [file.name for file in folder.glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("train/engine/loop.py", "from mai.convert.measure import measure"),
        ("convert/judge.py", "def judge():\n    from mai.train.engine import loop"),
        ("train/voice/result.py", "from mai.train.classification.result import finish"),
        ("train/detection/loop.py", "from mai.train.voice.loop import run"),
        ("train/engine/resume.py", "from mai.train.classification import recipe"),
        ("train/engine/resume.py", "def restore():\n    from mai.train.features.folds import stratified_folds"),
        ("train/plan/settings.py", "from mai.train.engine.loop import train"),
        ("train/features/mirror.py", "from mai.train.results.answer_metrics import answer_metrics"),
        ("train/detection/recipe.py", "from mai.train import detection_batch"),
        ("train/loop.py", "from mai.train.engine.keep import Keeper"),
        ("config.py", "import torch"),
        ("events.py", "from mai import cli"),
        ("voice/features.py", "import torch"),
        ("detect/nms.py", "from mai.data.boxes import read"),
        ("data/decode.py", "from mai.models import registry"),
        ("train/engine/resume.py", "from ..convert import judge"),
        ("train/engine/resume.py", "import convert"),
        ("new_room/file.py", "from mai.errors import MaiError"),
    ],
)
def test_wrong_imports_are_found(file, line):
    assert [problem(file, module) for module in imports_of(line)] != [""]


@pytest.mark.parametrize("package", ["mai", "spnn"])
def test_every_file_and_function_can_be_read_in_one_go(package):
    texts = {file.name: file.read_text(encoding="utf-8") for file in (PYTHON / package).rglob("*.py")}
    functions = [
        (f"{file}: {node.name}", node.end_lineno - node.lineno + 1)
        for file, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) > 300
    assert {file for file, text in texts.items() if text.count("\n") > 250} == set()
    assert {name for name, lines in functions if lines > 60} == set()
