"""The import lines of `spnn`: what the package may use, and which of its folders may import which."""

import sys
from pathlib import Path

import pytest
from import_lines import imports_of

SPNN = Path(__file__).parents[2] / "python" / "spnn"
OUTSIDE = sys.stdlib_module_names | {"numpy", "torch", "PIL"}
COMMON = {"errors", "log", "format"}
# docs/architecture.md § Folders
ARROWS = {
    "errors": set(),
    "log": set(),
    "format": {"errors"},
    "shapes": COMMON,
    "passes": COMMON | {"shapes"},
    "quantize": COMMON | {"shapes"},
    "run": COMMON | {"shapes"},
    "calibrate": COMMON | {"run"},
    "search": COMMON | {"run", "calibrate"},
    "inspect": COMMON | {"shapes"},
    "image": {"errors"},
}
"""Folder or file of `spnn` → what it may import besides itself. `cli` may import all."""


def problem(file: str, module: str) -> str:
    """What is wrong with `file` (relative to the package) importing `module`; empty if nothing."""
    package, _, rest = module.partition(".")
    if package != "spnn":
        return "" if package in OUTSIDE else f"{file} imports {module}: spnn uses numpy, torch, Pillow and itself alone"
    own, other = Path(file).with_suffix("").parts[0], rest.partition(".")[0]
    if own in ("cli", other) or other in ARROWS.get(own, set()):
        return ""
    return f"spnn/{file} may not import spnn.{other}"


def test_imports_follow_the_arrows():
    lines = [
        (file.relative_to(SPNN).as_posix(), module)
        for file in sorted(SPNN.rglob("*.py"))
        for module in imports_of(file.read_text(encoding="utf-8"))
    ]
    assert len(lines) > 300
    assert [found for file, module in lines if (found := problem(file, module))] == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("log.py", "from mai.errors import MaiError"),
        ("format/graph.py", "def read():\n    import mai.events"),
        ("cli/models.py", "from mai import events"),
        ("shapes/infer.py", "import onnx"),
        ("format/graph.py", "from spnn.shapes import Shape"),
        ("format/graph.py", "from spnn import inspect"),
        ("quantize/run.py", "from spnn.passes import optimize"),
        ("run/board/twin.py", "from spnn.quantize import quantize"),
        ("shapes/infer.py", "from ..mai import events"),
    ],
)
def test_wrong_imports_are_found(file, line):
    assert [problem(file, module) for module in imports_of(line)] != [""]
