"""Run a network layer by layer, and keep no blob longer than needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spnn.errors import SpnnError
from spnn.format.graph import Graph, Layer
from spnn.run.float.limits import refuse_too_large

Inputs = NDArray[np.float32] | Mapping[str, NDArray[np.float32]]
"""float32 (n, c, h, w) for the only Input layer, or one array per input blob."""
Keep = Collection[str] | Literal["all"] | None
"""Blobs that are wanted; None means the network's outputs."""
Execute = Callable[[Layer, list[Tensor]], list[Tensor]]
"""Tops of a layer from its bottoms."""


def walk_with(graph: Graph, inputs: Inputs, execute: Execute) -> Iterator[tuple[Layer, list[Tensor]]]:
    """Every layer in order with its tops; a blob is dropped once its last consumer has run."""
    given = _named(graph, inputs)
    batch = next(iter(given.values())).shape[0] if given else 1
    uses = Counter(bottom for layer in graph.layers for bottom in layer.bottoms)
    alive: dict[str, Tensor] = {}
    for layer in graph.layers:
        if layer.type == "Input":
            tops = [given[name] for name in layer.tops]
        else:
            bottoms = [alive[name] for name in layer.bottoms]
            refuse_too_large(layer, bottoms)
            with torch.inference_mode():
                tops = execute(layer, bottoms)
                del bottoms  # so that a blob is let go below
                if not layer.bottoms:  # a constant, the same for the whole batch
                    tops = [top.expand(batch, *top.shape[1:]) for top in tops]
        if len(tops) != len(layer.tops):
            raise SpnnError(f"layer {layer.name!r} makes {len(tops)} blobs but names {len(layer.tops)}")
        for name in layer.bottoms:
            uses[name] -= 1
            if not uses[name]:
                alive.pop(name, None)
        alive.update((name, top) for name, top in zip(layer.tops, tops, strict=True) if uses[name])
        yield layer, tops


def wanted_blobs(graph: Graph, keep: Keep) -> set[str]:
    """The names that `keep` stands for. Raises SpnnError for a blob that the network does not have."""
    if keep is None:
        return set(graph.outputs())
    names = set(graph.blob_names())
    unknown = [] if keep == "all" else sorted(set(keep) - names)
    if unknown:
        raise SpnnError(f"the network has no blob {unknown[0]!r}")
    return names if keep == "all" else set(keep)


def _named(graph: Graph, inputs: Inputs) -> dict[str, Tensor]:
    names = [top for layer in graph.inputs() for top in layer.tops]
    if not isinstance(inputs, Mapping):
        if len(names) != 1:
            raise SpnnError(f"the network has {len(names)} inputs ({', '.join(names)}): give each its array by name")
        inputs = {names[0]: inputs}
    missing = [name for name in names if name not in inputs]
    if missing:
        raise SpnnError(f"no array for input {missing[0]!r} of the network")
    # A copy where needed only: torch takes writable arrays.
    return {name: torch.from_numpy(np.require(inputs[name], np.float32, ["C", "W"])) for name in names}
