"""Define a pass, and run passes with checks around each.

A pass is a function that changes a Network (network.py) and logs one line per change. It does not check
its own work. Before each pass the runner looks for layers that it works on. After it the network must be
well formed, have the same inputs and outputs, and, if the caller gives a comparison, compute the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from spnn.errors import PassError, SpnnFormatError
from spnn.format.check_layers import check_layers, check_wiring
from spnn.format.graph import Graph
from spnn.log import Log
from spnn.passes.network import Network

Compare = Callable[[Graph, Graph], str]
"""What is wrong with the second network in place of the first; empty if nothing."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One kind of change."""

    name: str
    run: Callable[[Network], None]
    types: tuple[str, ...]
    """It works on layers of these types: a network without any is passed over."""


def run_passes(graph: Graph, passes: Iterable[Pass], log: Log, compare: Compare | None = None) -> None:
    """Run `passes` on `graph`, in place. Raises PassError with the name of one that breaks the network.

    An error that a pass raises itself, because it refuses a layer, is passed on. `compare` runs after
    every pass that changed something.
    """
    network = Network(graph, log)
    for each in passes:
        if not any(True for _ in network.layers(*each.types)):
            continue
        before = network.graph.copy() if compare else None
        inputs, outputs = _inputs(network.graph), _outputs(network.graph)
        each.run(network)
        problem = _broken(network.graph, inputs, outputs)
        if not problem and compare and before and not _same_layers(before, network.graph):
            problem = compare(before, network.graph)
        if problem:
            raise PassError(each.name, problem)


def _inputs(graph: Graph) -> list[str]:
    """Of the layers: the blob behind one has another name once a layer that took it is gone."""
    return [layer.name for layer in graph.inputs()]


def _outputs(graph: Graph) -> list[str]:
    """Blobs that nothing uses and that depend on an input: a constant that nothing uses may go."""
    makers = graph.producers()
    return [blob for blob in graph.outputs() if makers[blob].bottoms or makers[blob].type == "Input"]


def _broken(graph: Graph, inputs: list[str], outputs: list[str]) -> str:
    try:
        check_layers(graph)
        check_wiring(graph)
    except SpnnFormatError as error:
        return error.reason
    if _inputs(graph) != inputs:
        return f"its inputs were {', '.join(inputs) or 'none'} and are {', '.join(_inputs(graph)) or 'none'}"
    lost = [blob for blob in outputs if blob not in graph.outputs()]
    return f"it has lost its output {lost[0]!r}" if lost else ""


def _same_layers(first: Graph, second: Graph) -> bool:
    """Whether both have the same lines and share the arrays of their weights."""
    if len(first.layers) != len(second.layers):
        return False
    for a, b in zip(first.layers, second.layers, strict=True):
        if (a.type, a.name, a.bottoms, a.tops, a.params) != (b.type, b.name, b.bottoms, b.tops, b.params):
            return False
        if len(a.blobs) != len(b.blobs) or any(x.data is not y.data for x, y in zip(a.blobs, b.blobs, strict=True)):
            return False
    return True
