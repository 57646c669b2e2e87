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
    "config": {"errors", "class_order", "boards"},
    "cli": CHILD | {"out_of_memory"},
    "device": CHILD | {"torch"},
    "voice": {"errors", "numpy"},
    "quality": CHILD | {"numpy", "torch"},
    "detect": {"quality", "numpy", "faster_coco_eval"},
    "data": CHILD | {"detect", "voice", "spnn", "numpy", "torch", "PIL", "soundfile", "soxr"},
    "models": CHILD | {"config", "data", "detect", "voice", "torch"},
    "train": CHILD
    | {"config", "out_of_memory", "device", "data", "detect", "voice", "models", "quality", "numpy", "torch", "PIL"},
    "convert": CHILD
    | {"config", "cli", "out_of_memory", "device", "data", "detect", "voice", "models", "quality", "spnn"}
    | {"numpy", "torch", "onnx", "google", "ncnn"},
    "infer": CHILD | {"data", "detect", "voice", "models", "quality", "spnn", "numpy", "torch"},
}
"""Folder or file of `mai` → what it may import: others of `mai`, packages. The standard library is open to all."""
RECIPES = ("classification", "detection", "voice")


def recipe_of(path: tuple[str, ...]) -> str | None:
    """The recipe of a module in mai.train: its file or its folder bears the name."""
    own = path[1] if path[0] == "train" and len(path) > 1 else ""
    return next((name for name in RECIPES if own == name or own.startswith(f"{name}_")), None)


def problem(file: str, module: str) -> str:
    """What is wrong with `file` (relative to `mai`) importing `module`; empty if nothing."""
    package, *inner = module.split(".")
    path = Path(file).with_suffix("").parts
    if package in sys.stdlib_module_names:
        return ""
    other = (inner[0] if inner else "") if package == "mai" else package
    if package == "mai" and other == path[0]:
        own, theirs = recipe_of(path), recipe_of(tuple(inner))
        is_apart = own is None or theirs is None or own == theirs
        return "" if is_apart else f"mai/{file} imports {module}: recipes never import each other"
    return "" if other in ARROWS.get(path[0], set()) else f"mai/{file} may not import {module}"


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


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("train/loop.py", "from mai.convert.measure import measure"),
        ("convert/judge.py", "def judge():\n    from mai.train import loop"),
        ("train/voice_result.py", "from mai.train.classification_result import finish"),
        ("train/detection/loop.py", "from mai.train.voice.loop import run"),
        ("config.py", "import torch"),
        ("events.py", "from mai import cli"),
        ("voice/features.py", "import torch"),
        ("detect/nms.py", "from mai.data.boxes import read"),
        ("data/decode.py", "from mai.models import registry"),
        ("train/resume.py", "from ..convert import judge"),
        ("train/resume.py", "import convert"),
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
