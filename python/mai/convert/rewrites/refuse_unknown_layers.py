"""Refuse, by name, every layer and every parameter that the format does not have.

pnnx writes today's ncnn; the board's runtime is ncnn of March 2020. An unknown parameter would
be dropped silently. So each must be in the format, or have a value known to change nothing.
"""

from __future__ import annotations

from spnn.format.graph import Graph, Layer
from spnn.format.layers import LAYER_TYPES
from spnn.format.values import find_param

from mai.convert.refuse import refuse

ADVICE = "use another layer in its place"
# Parameters of a later ncnn, with the values that mean what the layer did before it had them.
# None: a pass of this folder looks at the value and takes it out.
HARMLESS: dict[tuple[str, str], tuple[int | float, ...] | None] = {
    ("Convolution", "group"): (1,),  # groups of a convolution without groups
    ("Convolution", "dynamic_weight"): (0,),
    ("ConvolutionDepthWise", "dynamic_weight"): (0,),
    ("Deconvolution", "dynamic_weight"): (0,),
    ("InstanceNorm", "affine"): (1,),
    ("Interp", "dynamic_target_size"): (0,),
    ("Interp", "align_corner"): (0,),
    ("MemoryData", "load_type"): (0, 1),
    ("Padding", "per_channel_pad_data_size"): (0,),
    ("Padding", "front"): (0,),
    ("Padding", "behind"): (0,),
    ("PixelShuffle", "mode"): (0,),
    ("Pooling", "avgpool_count_include_pad"): None,
    ("Pooling", "adaptive_pooling"): (0,),
    ("Reduction", "fixbug0"): None,  # axes are counted in today's way
    ("Softmax", "fixbug0"): (0, 1),
}
_HARMLESS_IDS = {(kind, find_param(kind, name).id): values for (kind, name), values in HARMLESS.items()}


def refuse_unknown_layers(graph: Graph) -> list[str]:
    """Raises MaiError `layer_unsupported` at the first unknown layer or parameter; drops those that change nothing."""
    for layer in graph.layers:
        if layer.type not in LAYER_TYPES:
            raise refuse(layer, "its format does not know this kind of layer", ADVICE)
        known = {param.id for param in LAYER_TYPES[layer.type].params}
        for key in [key for key in layer.params if key not in known]:
            _drop_if_harmless(layer, key)
    return []


def _drop_if_harmless(layer: Layer, key: int) -> None:
    values = _HARMLESS_IDS.get((layer.type, key), ())
    if values is None:
        return
    if layer.params[key] not in values:
        raise refuse(layer, f"its format does not know parameter {key}={layer.params[key]}", ADVICE)
    del layer.params[key]
