"""The import lines of a Python file, for the tests of who may import whom."""

import ast


def imports_of(text: str) -> list[str]:
    """Every module that a file imports, dotted and absolute, wherever in the file the line stands.

    "from mai import events" imports mai.events; a relative import keeps its dots, so that it fits no rule.
    """
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            is_package = not node.level and "." not in module
            found += [f"{module}.{alias.name}" for alias in node.names] if is_package else [module]
    return found
