"""Run two networks at the same time: one on torch's threads, the other on a single thread beside them.

The board's network is integers in small steps, which more threads do not make faster: waking them takes longer than the
steps. So it leaves them to the trained network.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

import torch

Here = TypeVar("Here")
Beside = TypeVar("Beside")


def together(here: Callable[[], Here], beside: Callable[[], Beside]) -> tuple[Here, Beside]:
    """The results of both; `beside` runs on the other thread. Both have ended when this returns or raises."""
    other = _other_thread().submit(beside)
    try:
        result = here()
    finally:
        wait([other])
    return result, other.result()


@cache
def _other_thread() -> ThreadPoolExecutor:
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(1, thread_name_prefix="beside", initializer=torch.set_num_threads, initargs=(1,))
    pool.submit(torch.get_num_threads).result()  # from here on the number is that thread's own
    torch.set_num_threads(threads)  # of this thread and those that are made later
    return pool
