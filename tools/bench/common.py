"""What the scripts of this folder share: unpacking projects, timing trainings, printing measurements."""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mai import events


def report(name: str, unit: str, values: Sequence[float], data: str, **more: Any) -> None:
    """One measurement for tools/bench/measurement.ts, which adds median, spread, machine, commit, date and command.

    `more`: `against` {"what", "values"}, `goal` such as "ratio <= 1.15", `details`.
    """
    print(json.dumps({"name": name, "unit": unit, "values": list(values), "data": data, **more}), flush=True)  # noqa: T201 - its output


def epoch_arguments(description: str | None) -> argparse.Namespace:
    """What a script that measures epochs is called with."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


@contextlib.contextmanager
def unpacked(zip_file: Path, **train_config: Any) -> Iterator[Path]:
    """A project folder with the zip's contents and these settings; removed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(zip_file) as archive:
            archive.extractall(folder)
        file = Path(folder) / "project.json"
        project = json.loads(file.read_text())
        project["trainConfig"] = {**project.get("trainConfig", {}), **train_config}
        file.write_text(json.dumps(project))
        yield Path(folder)


@dataclass
class Epochs:
    """Seconds of every epoch of a training, validation and checkpoint included, and its events."""

    seconds: list[float] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def event(self, name: str) -> dict[str, Any]:
        return next(event for event in self.sent if event["event"] == name)


class Enough(Exception):
    """Raised to end a training once the event of interest has come."""


def timed_training(
    run: Callable[[Sequence[str]], None], argv: Sequence[str], between: Callable[[], None], until: str = ""
) -> Epochs:
    """Run an entry in this process, to its end or `until` an event.

    `between` runs after every epoch, outside of its time.

    What is compared with an epoch so takes its turn with it: a processor that grows slower
    or faster meanwhile touches both.
    """
    epochs = Epochs()
    begun = 0.0

    def emit(event: str, **fields: Any) -> None:
        nonlocal begun
        now = time.perf_counter()
        epochs.sent.append({"event": event, "at": now, **fields})
        if event == "epoch_start":
            begun = now
        if event == "epoch_end":
            epochs.seconds.append(now - begun)
            between()
        if event == until:
            raise Enough

    real, events.emit = events.emit, emit
    try:
        run(argv)
    except Enough:
        pass
    finally:
        events.emit = real
    return epochs


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


median = statistics.median
