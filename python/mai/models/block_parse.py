"""Parse the text of a block program into layers, without running any of it.

The IDE writes one layer a line (`torch.nn.LazyConv2d(16, 3, 1, padding=0, bias=True)`). Lists, Sequential
and assignments mean the same. The text is only read (Python's `ast`): names are compared with a list of
layers, arguments must be written-out values, and nothing is evaluated.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from mai.errors import MaiError

MAX_CHARACTERS = 20_000
MAX_LINE_CHARACTERS = 500
MAX_BRACKETS = 12  # open at once; a layer in a Sequential in a list needs four
MAX_LAYERS = 64
CONTAINERS = ("Sequential", "ModuleList")

Value = int | float | bool | str | None | tuple[int | float, ...]


@dataclass(frozen=True)
class LayerCall:
    """A layer as written: `line` counts from 1, `name` is without `torch.nn.`."""

    line: int
    name: str
    args: tuple[Value, ...]
    kwargs: dict[str, Value]


def parse_layers(code: str) -> list[LayerCall]:
    """Layers of the text in their order. Raises MaiError with the line and the reason."""
    _check_size(code)
    try:
        tree = ast.parse(code)
    except SyntaxError as reason:
        raise _unreadable(reason.lineno or 1, reason.msg) from None
    except (ValueError, RecursionError, MemoryError) as reason:
        raise _unreadable(1, type(reason).__name__) from None
    layers: list[LayerCall] = []
    for statement in tree.body:
        layers += _statement(statement)
    if not layers:
        raise MaiError("block_empty")
    check_limit("layers", len(layers), MAX_LAYERS)
    return layers


def mistake(line: int, code: str, **params: Any) -> MaiError:
    """The error of a mistake in that line of the text."""
    return MaiError(code, line=line, **params)


def _unreadable(line: int, detail: str) -> MaiError:
    return mistake(line, "block_unreadable", detail=detail)


def check_limit(what: str, value: int, limit: int) -> None:
    """Raise MaiError `block_too_large` above the limit."""
    if value > limit:
        raise MaiError(
            "block_too_large",
            what=what,
            value=value,
            limit=limit,
        )


def _check_size(code: str) -> None:
    """Limit the text for `ast.parse`: its time and its recursion grow with length and depth."""
    check_limit("characters", len(code), MAX_CHARACTERS)
    depth = 0
    for number, line in enumerate(code.splitlines(), start=1):
        if len(line) > MAX_LINE_CHARACTERS:
            raise _unreadable(number, f"{len(line)} > {MAX_LINE_CHARACTERS} characters")
        for character in line:
            depth += (character in "([{") - (character in ")]}")
            if depth > MAX_BRACKETS:
                raise _unreadable(number, f"more than {MAX_BRACKETS} open brackets")


def _statement(node: ast.stmt) -> list[LayerCall]:
    if isinstance(node, ast.Expr):
        return _layers(node.value)
    if isinstance(node, ast.Assign):
        return _layers(node.value)
    if isinstance(node, (ast.Import, ast.ImportFrom)) and _imports_torch(node):
        return []
    raise _no_layer(node)


def _imports_torch(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether a line is `import torch` or similar, as people write at the top; it is skipped."""
    names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return all(name in ("torch", "torch.nn") for name in names)


def _layers(node: ast.expr) -> list[LayerCall]:
    if isinstance(node, (ast.List, ast.Tuple)):
        return [layer for item in node.elts for layer in _layers(item)]
    if not isinstance(node, ast.Call):
        raise _no_layer(node)
    name = _layer_name(node.func)
    if name in CONTAINERS:
        if node.keywords:
            raise _no_layer(node)
        return [layer for item in node.args for layer in _layers(item)]
    return [LayerCall(node.lineno, name, *_arguments(node, name))]


def _layer_name(node: ast.expr) -> str:
    """`torch.nn.X`, `nn.X` or `X`; every other way to name something is refused."""
    parts: list[str] = []
    inner = node
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name):
        parts.append(inner.id)
        name, *owners = parts
        if owners in ([], ["nn"], ["nn", "torch"]):
            return name
    raise _no_layer(node)


def _arguments(node: ast.Call, name: str) -> tuple[tuple[Value, ...], dict[str, Value]]:
    kwargs: dict[str, Value] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in kwargs:
            raise _no_plain_value(node, name)
        kwargs[keyword.arg] = _value(keyword.value, name)
    return tuple(_value(item, name) for item in node.args), kwargs


def _value(node: ast.expr, name: str) -> Value:
    """A number, True, False, None, a text, or a tuple of numbers; a sign is part of a number."""
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) <= 2:
        values = [_value(item, name) for item in node.elts]
        if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
            return tuple(value for value in values if isinstance(value, (int, float)))
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, (int, float, bool, str))):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        number = node.operand.value if isinstance(node.operand, ast.Constant) else None
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return -number if isinstance(node.op, ast.USub) else number
    raise _no_plain_value(node, name)


def _no_layer(node: ast.stmt | ast.expr) -> MaiError:
    return mistake(node.lineno, "block_no_layer")


def _no_plain_value(node: ast.expr, name: str) -> MaiError:
    return mistake(node.lineno, "block_no_plain_value", layer=name[:40])
