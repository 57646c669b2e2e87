"""Run independent networks in parallel, one thread each.

A network of small layers leaves a second core half idle, because its steps wait for each other and
Python's work between them uses one core. Two runs at a time keep both cores busy, with the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Results in the order of `items`, on as many threads as torch has; not to be nested."""
    threads = torch.get_num_threads()
    if threads == 1:
        return [work(item) for item in items]
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(work, items))
    finally:
        torch.set_num_threads(threads)
