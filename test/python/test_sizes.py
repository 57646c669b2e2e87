"""No Python file has more than 250 lines, no function more than 60, or the reason stands here."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 250
LONGEST_FUNCTION = 60
ALLOWED = {
    "test/fixtures/child/child.py": "it is started by its path alone; each of its many behaviours is a few lines",
}


def long_functions(source: str) -> list[tuple[str, int]]:
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    lengths = ((node.name, node.end_lineno - node.lineno + 1) for node in functions)
    return [(name, length) for name, length in lengths if length > LONGEST_FUNCTION]


def sources() -> list[Path]:
    found = [path for folder in ("python", "test", "tools") for path in (ROOT / folder).rglob("*.py")]
    assert len(found) > 200
    return found


def test_no_file_is_too_long():
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in sources()}
    assert {path for path, lines in lengths.items() if lines > LONGEST_FILE} == set(ALLOWED)


def test_no_function_is_too_long():
    assert [(str(path), *found) for path in sources() for found in long_functions(path.read_text())] == []


def test_a_long_function_is_found():
    assert long_functions("def f():\n" + "    step()\n" * LONGEST_FUNCTION) == [("f", LONGEST_FUNCTION + 1)]
