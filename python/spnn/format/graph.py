"""A network in memory: layers in file order, connected by blob names.

`layer.params` holds what the file says: id → int or float (a cell), or a tuple (an array). Everything
but the reader and the writer of files asks for parameters by name (values.py), which knows the defaults.

Arrays live under their id too: `-23310=2,0.0,6.0` of the file is `params[10] = (0.0, 6.0)`,
the shape hints -23330 / -23329 are slots 30 / 29, the int8 ids -23328 / -23329 slots 28 / 29.
The order of `params` is the order in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from spnn.format import constants as c
from spnn.format.cells import Value, as_int

Stage = Literal["float", "optimised", "int8"]


@dataclass(slots=True, eq=False)
class Blob:
    """One block of the `.bin`: float32, float16, int8 or int16, one-dimensional.

    `tag` is the 32-bit tag in front of the block, None for raw float32 without one.
    """

    tag: int | None
    data: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """The data as float32 (a float16 block widened, everything else as it is)."""
        return self.data.astype(np.float32) if self.data.dtype == np.float16 else self.data

    @staticmethod
    def raw(data: np.ndarray) -> Blob:
        """A block without a tag: everything but the weights of convolutions and InnerProduct."""
        return Blob(None, np.ascontiguousarray(data, np.float32).reshape(-1))

    @staticmethod
    def tagged(data: np.ndarray) -> Blob:
        """Float32 weights with tag 0."""
        return Blob(c.TAG_FLOAT32, np.ascontiguousarray(data, np.float32).reshape(-1))


@dataclass(slots=True, eq=False)
class Layer:
    """One line of the `.param` and its blocks of the `.bin`, in file order."""

    type: str
    name: str
    bottoms: list[str] = field(default_factory=list)
    tops: list[str] = field(default_factory=list)
    params: dict[int, Value] = field(default_factory=dict)
    blobs: list[Blob] = field(default_factory=list)

    @property
    def on_npu(self) -> bool:
        """An int8 model's flag: the layer runs on the NPU and its outputs are int8."""
        flag = self.params.get(c.NPU_FLAG)
        return isinstance(flag, tuple) and [as_int(cell) for cell in flag] == [1]

    def copy(self) -> Layer:
        """A layer that may be changed freely; the arrays of its blobs are shared."""
        blobs = [Blob(blob.tag, blob.data) for blob in self.blobs]
        return Layer(self.type, self.name, list(self.bottoms), list(self.tops), dict(self.params), blobs)


@dataclass(slots=True, eq=False)
class Graph:
    """Layers in an order in which every blob is made before it is used.

    `stage` says what the parameters mean and how floats are written: exactly ("float"),
    `%e` ("optimised": shape hints included) or `%f` ("int8").
    """

    layers: list[Layer] = field(default_factory=list)
    stage: Stage = "float"

    def producers(self) -> dict[str, Layer]:
        """Blob name to the layer that makes it."""
        return {top: layer for layer in self.layers for top in layer.tops}

    def consumers(self) -> dict[str, list[Layer]]:
        """Blob name to the layers that use it, in order."""
        users: dict[str, list[Layer]] = {}
        for layer in self.layers:
            for bottom in layer.bottoms:
                users.setdefault(bottom, []).append(layer)
        return users

    def blob_names(self) -> list[str]:
        """All blob names in order of first appearance (bottoms before tops): the blob index."""
        return list(dict.fromkeys(name for layer in self.layers for name in (*layer.bottoms, *layer.tops)))

    def inputs(self) -> list[Layer]:
        """The Input layers."""
        return [layer for layer in self.layers if layer.type == "Input"]

    def outputs(self) -> list[str]:
        """Blobs that nothing uses, in layer order."""
        used = {bottom for layer in self.layers for bottom in layer.bottoms}
        return [top for layer in self.layers for top in layer.tops if top not in used]

    def copy(self) -> Graph:
        """A graph whose layers may be changed freely; weight arrays are shared."""
        return Graph([layer.copy() for layer in self.layers], self.stage)
