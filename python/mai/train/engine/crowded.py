"""Go on with one thread where other programs use the processor that a training was given.

The threads of a training wait for each other hundreds of times a second. Where a program keeps one of two cores
busy, both may get the other core, and each waits there until the one it waits for is let in: an epoch of voice-cnn
took 1.18 s in place of 0.10, and with one thread 0.16 (AMD EPYC, two cores). Larger networks wait less often, and lose
little.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Two threads of voice-cnn have 1.6 cores where nothing else runs, 1.0 beside one busy program, 0.5 beside two.
ENOUGH_CORES = 1.25
# So long that a browser which opens a page costs the training none of its threads.
MEASURED_S = 1.0


@dataclass
class CoresHad:
    """Processor time that all threads of this process had, and how long it took."""

    seconds: float = 0.0
    processor_s: float = 0.0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count in what the block takes."""
        begun, processor_begun = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            self.seconds += time.monotonic() - begun
            self.processor_s += time.process_time() - processor_begun

    def were_few(self) -> bool:
        """Whether it had fewer than ENOUGH_CORES in the last MEASURED_S, which are counted anew then."""
        if self.seconds < MEASURED_S:
            return False
        cores = self.processor_s / self.seconds
        self.seconds = self.processor_s = 0.0
        return cores < ENOUGH_CORES
