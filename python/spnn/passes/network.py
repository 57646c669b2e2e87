"""A graph while passes change it: who makes and who uses a blob, and what is still alive."""

from __future__ import annotations

from collections.abc import Iterator

from spnn.errors import SpnnFormatError
from spnn.format.graph import Graph, Layer
from spnn.log import Log


class Network:
    """The layers of `graph` in order; `log` takes one line per change.

    Every blob has one user at most (check_wiring), so "the next layer that takes this blob"
    is that user.
    """

    def __init__(self, graph: Graph, log: Log) -> None:
        self.log = log
        self._layers = graph.layers
        self._places = {id(layer): index for index, layer in enumerate(graph.layers)}
        self._dead: set[int] = set()
        self._users = {bottom: layer for layer in graph.layers for bottom in layer.bottoms}
        self._makers = graph.producers()

    def layers(self, *types: str) -> Iterator[Layer]:
        """Living layers of these types (all, if none is named), in order, while they may be removed."""
        for layer in self._layers:
            if id(layer) not in self._dead and (not types or layer.type in types):
                yield layer

    def follower(self, layer: Layer, *types: str) -> Layer | None:
        """The layer of one of these types whose only input is the first output of `layer`."""
        user = self._users.get(layer.tops[0]) if layer.tops else None
        return user if user and user.type in types and len(user.bottoms) == 1 else None

    def user(self, blob: str) -> Layer | None:
        """The layer that uses `blob`."""
        return self._users.get(blob)

    def maker(self, blob: str) -> Layer | None:
        """The layer that makes `blob`."""
        return self._makers.get(blob)

    def absorb(self, layer: Layer, follower: Layer) -> None:
        """Remove `follower`; `layer` makes its output instead."""
        self.rename_output(layer, layer.tops[0], follower.tops[0])
        self.remove(follower)

    def rename_output(self, layer: Layer, old: str, new: str) -> None:
        """Let `layer` make the blob `new` instead of `old`."""
        layer.tops[layer.tops.index(old)] = new
        self._makers[new] = layer

    def rename_input(self, layer: Layer, old: str, new: str) -> None:
        """Let `layer` use the blob `new` instead of `old`."""
        layer.bottoms[layer.bottoms.index(old)] = new
        self._users[new] = layer

    def remove(self, layer: Layer) -> None:
        """Take `layer` out."""
        self._dead.add(id(layer))
        for bottom in layer.bottoms:
            if self._users.get(bottom) is layer:
                del self._users[bottom]

    def refuse(self, layer: Layer, reason: str) -> SpnnFormatError:
        """An error about `layer`, to be raised."""
        return SpnnFormatError(self._places[id(layer)], f"layer {layer.name!r}: {reason}", unit="layer")

    def living(self) -> list[Layer]:
        """What is left, in order."""
        return list(self.layers())
