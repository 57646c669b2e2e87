"""A finished training's folder, put in place of the old one in one step."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_output(output: Path) -> Iterator[Path]:
    """Yields an empty folder beside `output`; when the block ends without an error it becomes `output`.

    Files of an earlier model, its conversion among them, go with the old folder.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".{output.name}."))
    try:
        yield fresh
        fresh.chmod(0o755)
        if output.exists():
            old = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".old-{output.name}."))
            output.rename(old / output.name)
            fresh.rename(output)
            shutil.rmtree(old)
        else:
            fresh.rename(output)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
