"""Collect maximum and histogram of every blob over the calibration photos.

All photos go through the network together, layer by layer. So a blob exists for all of them at once,
and its maximum and then its histogram are taken in one pass. Only if there are too many photos for
that, the network runs twice, on a part of them at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from spnn.calibrate.histogram import count_magnitudes, interval_of
from spnn.errors import SpnnError
from spnn.format.graph import Graph, Layer
from spnn.run.float import walk

Samples = Sequence[NDArray[np.float32]] | NDArray[np.float32]
"""Network inputs, each float32 (C, H, W); anything that has a length and can be indexed."""

See = Callable[[str, Tensor], None]
"""Name of a blob, and its values for some samples, the batch in front."""

MEMORY_BYTES = 1 << 30
"""Blobs alive at one time may take this much; more photos than fit are run in parts."""

_SAME_VALUES = ("Split", "Noop", "Flatten", "Reshape", "Permute", "Squeeze", "ExpandDims", "ShuffleChannel",
                "PixelShuffle", "Reorg")  # fmt: skip


@dataclass(frozen=True, slots=True)
class BlobStatistics:
    """Magnitudes of one blob over all photos."""

    maximum: np.float32
    counts: NDArray[np.int64]
    """2048 bins of width `interval`; magnitudes up to a tenth of an interval are not in them."""
    total: int
    """All values, those that are not counted included."""

    @property
    def interval(self) -> np.float32:
        """Width of a bin."""
        return interval_of(self.maximum)


def collect(
    graph: Graph,
    samples: Samples,
    memory_bytes: int = MEMORY_BYTES,
    enough: Mapping[str, BlobStatistics] = MappingProxyType({}),
    see: See = lambda name, x: None,
) -> dict[str, BlobStatistics]:
    """Statistics of every blob of a float or optimised network.

    `enough`: those of other samples, taken for every blob whose values are no larger here. `see` is called with each
    blob of each part of the samples once. Raises SpnnError if there is no photo, more than one Input, or a value that
    is not finite.
    """
    if len(graph.inputs()) != 1:
        raise SpnnError(f"calibration feeds one input, the network has {len(graph.inputs())}")
    if not len(samples):
        raise SpnnError("calibration needs at least one photo")
    parts = _parts(len(samples), _photos_at_once(graph, samples, memory_bytes))
    if len(parts) == 1:
        return _in_one_pass(graph, samples, enough, see)
    maxima: dict[str, np.float32] = {}
    for part in parts:
        for name, _, x in _blobs(graph, samples, part):
            maxima[name] = max(maxima.get(name, np.float32(0)), _maximum(name, x))
    kept = {name: blob for name in maxima if (blob := _if_enough(enough, name, maxima[name]))}
    found = dict(kept)
    for part in parts:
        for name, _, x in _blobs(graph, samples, part):
            see(name, x)
            if name in kept:
                continue
            counts, total = count_magnitudes(x, interval_of(maxima[name])), x.numel()
            if name in found:
                counts, total = counts + found[name].counts, total + found[name].total
            found[name] = BlobStatistics(maxima[name], counts, total)
    return found


def collect_and_run(
    graph: Graph, samples: Samples, enough: Mapping[str, BlobStatistics], memory_bytes: int = MEMORY_BYTES
) -> tuple[dict[str, BlobStatistics], NDArray[np.float32]]:
    """As `collect`, and the network's only output for the samples, float32 (n, …), from the same pass."""
    (output,) = graph.outputs()
    parts: list[NDArray[np.float32]] = []

    def see(name: str, x: Tensor) -> None:
        if name == output:
            parts.append(x.numpy())

    found = collect(graph, samples, memory_bytes, enough, see)
    return found, np.concatenate(parts)


def _in_one_pass(
    graph: Graph, samples: Samples, enough: Mapping[str, BlobStatistics], see: See
) -> dict[str, BlobStatistics]:
    found: dict[str, BlobStatistics] = {}
    for name, layer, x in _blobs(graph, samples, range(len(samples))):
        see(name, x)
        if layer.type in _SAME_VALUES:
            found[name] = found[layer.bottoms[0]]
        else:
            maximum = _maximum(name, x)
            found[name] = _if_enough(enough, name, maximum) or BlobStatistics(
                maximum, count_magnitudes(x, interval_of(maximum)), x.numel()
            )
    return found


def _if_enough(enough: Mapping[str, BlobStatistics], name: str, maximum: np.float32) -> BlobStatistics | None:
    """The blob's statistics in `enough`, where these values are no larger."""
    blob = enough.get(name)
    return blob if blob is not None and maximum <= blob.maximum else None


def _blobs(graph: Graph, samples: Samples, part: range) -> Iterator[tuple[str, Layer, Tensor]]:
    batch = np.stack([np.asarray(samples[index], np.float32) for index in part])
    for layer, tops in walk(graph, batch):
        for name, top in zip(layer.tops, tops, strict=True):
            yield name, layer, top


def _maximum(name: str, x: Tensor) -> np.float32:
    if not x.numel():
        return np.float32(0)
    low, high = cast(tuple[Tensor, Tensor], x.aminmax())
    maximum = np.float32(max(abs(low.item()), abs(high.item())))
    if not np.isfinite(maximum) or low.isnan():
        raise SpnnError(f"blob {name!r} holds values that are not finite: the network is broken, train it again")
    return maximum


def _photos_at_once(graph: Graph, samples: Samples, memory_bytes: int) -> int:
    """How many photos fit: the peak of one photo is found by running it."""
    alive: dict[str, int] = {}
    last_use = {bottom: layer for layer in graph.layers for bottom in layer.bottoms}
    peak = 1
    for layer, tops in walk(graph, np.asarray(samples[0], np.float32)[None]):
        alive.update((name, top.nbytes) for name, top in zip(layer.tops, tops, strict=True))
        peak = max(peak, sum(alive.values()))
        for name in layer.bottoms:
            if last_use[name] is layer:
                alive.pop(name, None)
    return max(1, memory_bytes // peak)


def _parts(count: int, at_once: int) -> list[range]:
    return [range(start, min(count, start + at_once)) for start in range(0, count, at_once)]
