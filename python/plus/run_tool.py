"""Become one of the compiler's programs, in the environment of kidbright-mai-plus: `run_tool.py NAME ARGUMENT…`.

NAME is a program of the compiler, or the path of a script of ours that imports its parts. They find each other and
their libraries by variables that only the package itself knows, some of which count at the start of a process alone.
This process becomes the program and is no parent of it: it stays in the process group of its conversion.
"""

import os
import sys
from pathlib import Path

import tpu_mlir

STUBS = Path(__file__).resolve().parent / "stubs"


def main(name: str, *arguments: str) -> None:
    program = Path(name) if name.endswith(".py") else Path(tpu_mlir.tools_path) / f"{name}.py"
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONPATH"] = os.pathsep.join([str(STUBS), os.environ["PYTHONPATH"]])
    os.execv(sys.executable, [sys.executable, str(program), *arguments])


if __name__ == "__main__":
    main(*sys.argv[1:])
