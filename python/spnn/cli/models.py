"""The commands `optimize` and `quantize`: read model files, write model files."""

from __future__ import annotations

from collections.abc import Sequence

from spnn.cli import usage
from spnn.cli.arguments import UsageError, split_arguments
from spnn.cli.console import console_log, note
from spnn.format.model_files import read_model, write_model


def optimize_command(argv: Sequence[str]) -> None:
    """in.param in.bin out.param out.bin"""
    from spnn.passes import optimize

    param, weights, out_param, out_bin = _words(argv, 4, usage.OPTIMIZE)
    graph = optimize(read_model(param, weights), console_log())
    write_model(graph, out_param, out_bin)
    note(f"wrote {out_param} and {out_bin}: {len(graph.layers)} layers")


def quantize_command(argv: Sequence[str]) -> None:
    """opt.param opt.bin int8.param int8.bin table"""
    from spnn.format.table import read_table
    from spnn.quantize import quantize

    param, weights, out_param, out_bin, table = _words(argv, 5, usage.QUANTIZE)
    graph = quantize(read_model(param, weights), read_table(table), console_log())
    write_model(graph, out_param, out_bin)
    note(f"wrote {out_param} and {out_bin}: {len(graph.layers)} layers")


def _words(argv: Sequence[str], count: int, text: str) -> list[str]:
    words, _, _ = split_arguments(argv, {}, {})
    if len(words) != count:
        raise UsageError(f"{len(words)} files are named, {count} are needed: {text.splitlines()[0]}")
    return words
