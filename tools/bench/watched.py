"""Measure how long functions take, by putting a clock around them where they are called.

`from a import f` copies the name f into the module that imports it. So it is replaced there and not in `a`:
WATCHED names for each function the module that calls it. test/python/test_bench_modules.py checks that it still does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

_ROOM = "mai.train.classification"
WATCHED = {
    "bundled_start": f"{_ROOM}.instant",
    "feature_network": f"{_ROOM}.instant",
    "photo_features": f"{_ROOM}.instant",
    "choose_features": f"{_ROOM}.first_answer",
    "fit_reading": f"{_ROOM}.first_answer",
    "save_instant": f"{_ROOM}.first_answer",
    "labels_that_mirror": f"{_ROOM}.instant",
    "index_photos": f"{_ROOM}.photos",
    "load_photos": f"{_ROOM}.photos",
    "train_instant": f"{_ROOM}.prepare",
    "write_results": f"{_ROOM}.train",
}


def watch(*names: str) -> dict[str, list[float]]:
    """From now on the seconds of each call of these functions are appended to the lists returned."""
    spent: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        module = import_module(WATCHED[name])
        setattr(module, name, _watched(getattr(module, name), spent[name]))
    return spent


def _watched(function: Callable[..., Any], seconds: list[float]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        begun = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            seconds.append(time.perf_counter() - begun)

    return call
