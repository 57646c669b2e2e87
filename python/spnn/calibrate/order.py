"""List the blobs of the table in the vendor's order (docs/spnn-format.md §5.3)."""

from __future__ import annotations

from spnn.format.graph import Graph

OUTPUTS_KEY = b"_r"
"""Where the network's outputs are sorted in among the layer names: between `_p` and `_t`."""


def blob_order(graph: Graph) -> list[str]:
    """Blobs in the order of the vendor's table.

    Layers come by name in byte order, each with its bottoms by blob index. A BinaryOp with a
    single bottom is left out, and with it its bottom: the tool's bug, which quantize then sees
    as scale 0.
    """
    index = {name: position for position, name in enumerate(graph.blob_names())}
    groups: list[tuple[bytes, list[str]]] = [(OUTPUTS_KEY, graph.outputs())]
    for layer in graph.layers:
        if layer.type == "BinaryOp" and len(layer.bottoms) == 1:
            continue
        groups.append((layer.name.encode(), sorted(layer.bottoms, key=index.__getitem__)))
    groups.sort(key=lambda group: group[0])
    return list(dict.fromkeys(blob for _, blobs in groups for blob in blobs))
