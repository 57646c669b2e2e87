"""Walk through a network, keeping no blob longer than it is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mai.spnn.errors import SpnnError
from mai.spnn.forward import kernels  # noqa: F401  (registers every layer type)
from mai.spnn.forward.registry import compute
from mai.spnn.graph import Graph, Layer

Inputs = NDArray[np.float32] | Mapping[str, NDArray[np.float32]]
Keep = Collection[str] | Literal["all"] | None


def run_float(graph: Graph, inputs: Inputs, keep: Keep = None) -> dict[str, NDArray[np.float32]]:
    """Blobs of a float network for a batch of inputs.

    `inputs`: float32 (n, c, h, w) for the only Input layer, or one array per input blob. Every
    blob comes back with the batch in front: (n, w), (n, h, w) or (n, c, h, w). `keep` names the
    blobs wanted; None means the network's outputs.
    Raises SpnnError with the layer's name where the network cannot be run.
    """
    wanted = set(graph.outputs()) if keep is None else None if keep == "all" else set(keep)
    check_names(graph, wanted)
    found: dict[str, NDArray[np.float32]] = {}
    for layer, tops in walk(graph, inputs):
        for name, top in zip(layer.tops, tops, strict=True):
            if wanted is None or name in wanted:
                found[name] = np.ascontiguousarray(top.numpy())
    return found


def walk(graph: Graph, inputs: Inputs) -> Iterator[tuple[Layer, list[Tensor]]]:
    """Every layer in order with its tops; a blob is let go once its last consumer has run."""
    given = named_inputs(graph, inputs)
    uses = Counter(bottom for layer in graph.layers for bottom in layer.bottoms)
    alive: dict[str, Tensor] = {}
    batch = next(iter(given.values())).shape[0] if given else 1
    for layer in graph.layers:
        with torch.inference_mode():
            tops = _tops(layer, [alive[name] for name in layer.bottoms], given, batch)
        if len(tops) != len(layer.tops):
            raise SpnnError(f"layer {layer.name!r} makes {len(tops)} blobs but names {len(layer.tops)}")
        for name in layer.bottoms:
            uses[name] -= 1
            if not uses[name]:
                alive.pop(name, None)
        alive.update((name, top) for name, top in zip(layer.tops, tops, strict=True) if uses[name])
        yield layer, tops


def named_inputs(graph: Graph, inputs: Inputs) -> dict[str, Tensor]:
    """The tensor of every Input layer's blob, checked."""
    names = [top for layer in graph.inputs() for top in layer.tops]
    if not isinstance(inputs, Mapping):
        if len(names) != 1:
            raise SpnnError(f"the network has {len(names)} inputs ({', '.join(names)}): give each its array by name")
        inputs = {names[0]: inputs}
    missing = [name for name in names if name not in inputs]
    if missing:
        raise SpnnError(f"no array for input {missing[0]!r} of the network")
    return {name: torch.from_numpy(np.array(inputs[name], np.float32, order="C", copy=None)) for name in names}


def check_names(graph: Graph, wanted: set[str] | None) -> None:
    """Raises SpnnError for a blob that the network does not have."""
    unknown = sorted((wanted or set()) - set(graph.blob_names()))
    if unknown:
        raise SpnnError(f"the network has no blob {unknown[0]!r}")


def _tops(layer: Layer, bottoms: list[Tensor], given: Mapping[str, Tensor], batch: int) -> list[Tensor]:
    if layer.type == "Input":
        return [given[name] for name in layer.tops]
    if layer.type == "MemoryData":
        return [compute(layer, [])[0].expand(batch, *_shape(layer))]
    return compute(layer, bottoms)


def _shape(layer: Layer) -> tuple[int, ...]:
    return tuple(extent for extent in (layer.int(2), layer.int(1), layer.int(0)) if extent)
