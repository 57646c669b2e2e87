"""Let a pass read and change a network.

    for layer in network.layers("Pooling"):         # may be removed or replaced on the way
        user = network.follower(layer, "Flatten")    # who takes its output
        if user is not None:
            network.absorb(layer, user)

A pass uses these functions for everything about layers and blobs, so that the network knows which layer makes
and which uses a blob. It changes type, parameters and weights of a layer directly. It never writes into arrays
of weights, because copies of a graph share them: it makes new arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spnn.errors import SpnnFormatError
from spnn.format.graph import Graph, Layer
from spnn.log import Log


class Network:
    """`graph` while passes change it, in place; `log` takes one line per change.

    Every blob has one user at most (check_wiring), so "the next layer that takes this blob"
    is that user.
    """

    def __init__(self, graph: Graph, log: Log) -> None:
        self.log = log
        self._graph = graph
        self._given = list(graph.layers)
        self._dead: dict[int, Layer] = {}  # the layers too, so that no new one gets the id of one
        self._stale = False
        self._users: dict[str, Layer] = {}
        self._makers: dict[str, Layer] = {}
        for layer in graph.layers:
            self._link(layer)

    @property
    def graph(self) -> Graph:
        """The graph as it is now."""
        if self._stale:
            self._graph.layers = [layer for layer in self._graph.layers if id(layer) not in self._dead]
            self._stale = False
        return self._graph

    def layers(self, *types: str) -> Iterator[Layer]:
        """The layers of these types (all, if none is named), in order; those put in meanwhile are not among them."""
        for layer in tuple(self.graph.layers):
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

    def bypass(self, layer: Layer) -> None:
        """Remove a layer of one input and one output; the layer that made its input now makes its output."""
        (bottom,), (top,) = layer.bottoms, layer.tops
        self.rename_output(self._makers[bottom], bottom, top)
        self.remove(layer)

    def remove(self, layer: Layer) -> None:
        """Take `layer` out."""
        self._unlink(layer)
        self._dead[id(layer)] = layer
        self._stale = True

    def replace(self, layer: Layer, parts: Iterable[Layer]) -> None:
        """Put `parts` where `layer` was; together they take its inputs and make its outputs."""
        new = list(parts)
        place = self._place(layer)
        self._graph.layers[place:place] = new
        self.remove(layer)
        for part in new:
            self._link(part)

    def insert_after(self, layer: Layer, new: Layer) -> None:
        """Put `new` behind the only output of `layer`; it takes over that output's name."""
        (top,) = layer.tops
        between = self.fresh_blob(f"{top}_raw")
        self.rename_output(layer, top, between)
        new.bottoms, new.tops = [between], [top]
        self._graph.layers.insert(self._place(layer) + 1, new)
        self._link(new)

    def insert_before(self, layer: Layer, new: Layer) -> None:
        """Put `new` in front of the first input of `layer`."""
        bottom = layer.bottoms[0]
        between = self.fresh_blob(f"{layer.name}_in")
        self.rename_input(layer, bottom, between)
        new.bottoms, new.tops = [bottom], [between]
        self._graph.layers.insert(self._place(layer), new)
        self._link(new)

    def rename_output(self, layer: Layer, old: str, new: str) -> None:
        """Let `layer` make the blob `new` instead of `old`."""
        layer.tops[layer.tops.index(old)] = new
        self._forget(self._makers, old, layer)
        self._makers[new] = layer

    def rename_input(self, layer: Layer, old: str, new: str) -> None:
        """Let `layer` use the blob `new` instead of `old`."""
        layer.bottoms[layer.bottoms.index(old)] = new
        self._forget(self._users, old, layer)
        self._users[new] = layer

    def rename_blob(self, old: str, new: str) -> None:
        """Give a blob another name."""
        maker, user = self._makers.get(old), self._users.get(old)
        if maker is not None:
            self.rename_output(maker, old, new)
        if user is not None:
            self.rename_input(user, old, new)

    def drop_input(self, layer: Layer, blob: str) -> None:
        """Let `layer` no longer use `blob`."""
        layer.bottoms.remove(blob)
        self._forget(self._users, blob, layer)

    def fresh_blob(self, base: str) -> str:
        """A blob name that nothing uses, made from `base`."""
        return _fresh(set(self.graph.blob_names()), base)

    def fresh_name(self, base: str) -> str:
        """A layer name that nothing uses, made from `base`."""
        return _fresh({layer.name for layer in self.graph.layers}, base)

    def refuse(self, layer: Layer, reason: str) -> SpnnFormatError:
        """An error about `layer` of the graph that was given, to be raised."""
        place = next((index for index, given in enumerate(self._given) if given is layer), 0)
        return SpnnFormatError(place, f"layer {layer.name!r}: {reason}", unit="layer")

    def _place(self, layer: Layer) -> int:
        return next(index for index, other in enumerate(self._graph.layers) if other is layer)

    def _link(self, layer: Layer) -> None:
        self._users.update((bottom, layer) for bottom in layer.bottoms)
        self._makers.update((top, layer) for top in layer.tops)

    def _unlink(self, layer: Layer) -> None:
        for bottom in layer.bottoms:
            self._forget(self._users, bottom, layer)
        for top in layer.tops:
            self._forget(self._makers, top, layer)

    @staticmethod
    def _forget(links: dict[str, Layer], blob: str, layer: Layer) -> None:
        if links.get(blob) is layer:
            del links[blob]


def _fresh(taken: set[str], base: str) -> str:
    if base not in taken:
        return base
    number = 1
    while f"{base}{number}" in taken:
        number += 1
    return f"{base}{number}"
