"""The benchmarks import what there is, and watch functions where they are called."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from truth_parts import BENCH

from watched import WATCHED, watch  # isort: skip

PYTHON = Path(BENCH).parents[1] / "python"
MODULES = sorted(
    str(path.relative_to(BENCH).with_suffix("")).replace("/", ".")
    for path in Path(BENCH).rglob("*.py")
    if path.stem != "__init__"
)


def test_every_benchmark_can_be_imported() -> None:
    """In a process of its own: some of them change what they import."""
    program = f"import sys; sys.path[:0] = [{str(PYTHON)!r}, {BENCH!r}]\n" + "".join(
        f"import {name}\n" for name in MODULES
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(("name", "module"), WATCHED.items())
def test_a_watched_function_is_called_by_the_module_in_which_it_is_replaced(name: str, module: str) -> None:
    tree = ast.parse(Path(str(import_module(module).__file__)).read_text())
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert name in calls


def test_the_seconds_of_each_call_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    photos = import_module(WATCHED["index_photos"])
    monkeypatch.setattr(photos, "index_photos", photos.index_photos)  # to be put back
    spent = watch("index_photos")
    assert spent == {"index_photos": []}
    with pytest.raises(TypeError):
        photos.index_photos()
    assert len(spent["index_photos"]) == 1 and spent["index_photos"][0] >= 0
