"""The command `calibrate`: reads a model and photos, writes a table."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence

from spnn.cli import photos
from spnn.cli.arguments import UsageError, split_arguments
from spnn.cli.console import console_log, note
from spnn.format.model_files import read_model, write_together

_VALUES = {**photos.VALUES, "--param": "param", "-p": "param", "--bin": "bin", "-b": "bin"}


def calibrate_command(argv: Sequence[str]) -> None:
    """-p= -b= -i= -o= --m= --n= [--size=] [-c] [-g] [-t=]"""
    words, options, switches = split_arguments(argv, _VALUES, photos.SWITCHES)
    if words:
        raise UsageError(f"{words[0]!r} belongs to no option")
    for name in ("param", "bin", "images", "output"):
        if name not in options:
            raise UsageError(f"--{name} is missing")
    preprocessing = photos.preprocessing_of(options, switches)
    # torch takes a second to import: meanwhile model and photos are read.
    importing = threading.Thread(target=importlib.import_module, args=["spnn.calibrate"], daemon=True)
    importing.start()
    try:
        graph = read_model(options["param"], options["bin"])
        _, samples = photos.read_photos(options["images"], preprocessing, note)
    finally:
        importing.join()  # a process that ends while torch is being imported can crash

    from spnn.calibrate import calibrate
    from spnn.format.table import format_table

    photos.use_threads(options)
    note(f"running {len(graph.layers)} layers over {len(samples)} photos")
    table = calibrate(graph, samples, console_log())
    write_together({options["output"]: format_table(table).encode()})
    note(f"wrote {options['output']}: {len(table.blob_scales)} blobs")
