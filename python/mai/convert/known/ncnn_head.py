"""Take the head out of the two files that pnnx writes, and put another one in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spnn.format import constants as c
from spnn.format.bin import attach_blobs
from spnn.format.graph import Layer
from spnn.format.param import parse_param

from mai.convert.known.backbone import Head, HeadLayer

TAG = int(c.TAG_FLOAT32).to_bytes(4, "little")


@dataclass(frozen=True)
class Place:
    """`name`: an InnerProduct, which is layer `layer` of the head; `offset`: where its bytes go into the rest."""

    name: str
    layer: int
    offset: int


def take_out(param: str, binary: bytes, head: Head) -> tuple[str, bytes, list[Place]] | None:
    """Both files without the head, and where it was; None if its layers are not found exactly once."""
    graph = parse_param(param.encode())
    attach_blobs(graph, binary)
    contents = [_content(layer) for layer in head]
    rest: list[bytes] = []
    places: list[Place] = []
    begin = 0
    for layer in graph.layers:
        end = begin + _size(layer)
        own = binary[begin:end]
        begin = end
        if layer.type == "InnerProduct" and own in contents:
            places.append(Place(layer.name, contents.index(own), sum(len(part) for part in rest)))
            param = _with_sizes(param, layer.name, 0, 0)
        else:
            rest.append(own)
    if begin != len(binary) or sorted(place.layer for place in places) != list(range(len(head))):
        return None
    return param, b"".join(rest), places


def put_in(param: str, binary: bytes, places: Sequence[Place], head: Head) -> tuple[str, bytes]:
    """The inverse of take_out, for any number of labels."""
    parts, begin = [], 0
    for place in places:
        layer = head[place.layer]
        parts += [binary[begin : place.offset], _content(layer)]
        begin = place.offset
        param = _with_sizes(param, place.name, layer.labels, layer.weight.size)
    return param, b"".join([*parts, binary[begin:]])


def _content(layer: HeadLayer) -> bytes:
    """What the layer has in the .bin: a tag, its weights, its biases."""
    return TAG + layer.weight.tobytes() + (b"" if layer.bias is None else layer.bias.tobytes())


def _size(layer: Layer) -> int:
    """Bytes of the layer in a .bin of float32."""
    return sum((0 if blob.tag is None else len(TAG)) + blob.data.nbytes for blob in layer.blobs)


def _with_sizes(param: str, name: str, outputs: int, weights: int) -> str:
    """The text with other sizes in the line of this InnerProduct: 0=outputs 2=weights."""
    line = rf"^(InnerProduct +{re.escape(name)} .*) 0=\d+( .*) 2=\d+"
    return re.sub(line, rf"\g<1> 0={outputs}\g<2> 2={weights}", param, count=1, flags=re.MULTILINE)
