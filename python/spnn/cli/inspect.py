"""The command `inspect`: prints a table of a model's layers."""

from __future__ import annotations

from collections.abc import Sequence

from spnn.cli import usage
from spnn.cli.arguments import UsageError, split_arguments
from spnn.cli.console import out
from spnn.format.model_files import read_model
from spnn.format.table import read_table
from spnn.inspect import LayerFacts, inspect

_HEAD = ("layer", "type", "runs on", "output", "multiply-adds", "weights", "scale", "rounding")


def inspect_command(argv: Sequence[str]) -> None:
    """model.param model.bin [table]"""
    words, _, _ = split_arguments(argv, {}, {})
    if len(words) not in (2, 3):
        raise UsageError(f"{len(words)} files are named: {usage.INSPECT.splitlines()[0]}")
    graph = read_model(words[0], words[1])
    table = read_table(words[2]) if len(words) == 3 else None
    facts = inspect(graph, table)
    rows = [_HEAD, *(_row(fact) for fact in facts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = [cell.ljust(width) if column < 4 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths, strict=True))]  # fmt: skip
        out("  ".join(cells).rstrip())
    out(_summary(graph.stage, facts))


def _row(fact: LayerFacts) -> tuple[str, ...]:
    shape = "unknown" if fact.shape is None else " x ".join(map(str, fact.shape[1 : 1 + fact.shape.dims]))
    return (
        fact.name,
        fact.type,
        fact.runs_on,
        shape,
        f"{fact.multiply_adds:,}" if fact.multiply_adds else "",
        f"{fact.weight_bytes:,}" if fact.weight_bytes else "",
        f"{fact.scale:g}" if fact.scale is not None else "",
        f"{'' if fact.rounding_exact else '< '}{fact.rounding:.2%}" if fact.rounding is not None else "",
    )


def _summary(stage: str, facts: Sequence[LayerFacts]) -> str:
    total = sum(fact.multiply_adds for fact in facts)
    on_cpu = sum(fact.multiply_adds for fact in facts if fact.runs_on == "CPU")
    share = f", {on_cpu / total:.1%} of them on the CPU" if total else ""
    processors = [fact.runs_on for fact in facts]
    weights = sum(fact.weight_bytes for fact in facts)
    return (
        f"{stage} model: {len(facts)} layers, "
        f"{processors.count('NPU')} on the NPU, {processors.count('CPU')} on the CPU; "
        f"{total:,} multiply-adds{share}; {weights:,} bytes of weights"
    )
