"""Refuse, by name, every layer and every parameter that the format has no word for.

pnnx writes today's ncnn; the board's runtime is ncnn of March 2020. An unknown parameter would
be dropped without a word, so each must be known, or known to say nothing new.
"""

from __future__ import annotations

from spnn.format.graph import Graph, Layer
from spnn.format.layers import LAYER_TYPES

from mai.convert.rewrites.edit import refuse

ADVICE = "use another layer in its place"
# Parameters of a later ncnn, with the values that mean what the layer did before it had them.
# None: a pass of this folder looks at the value and takes it out.
HARMLESS: dict[tuple[str, int], tuple[int | float, ...] | None] = {
    ("Convolution", 7): (1,),  # groups of a convolution without groups
    ("Convolution", 19): (0,),  # dynamic_weight
    ("ConvolutionDepthWise", 19): (0,),
    ("Deconvolution", 28): (0,),
    ("InstanceNorm", 2): (1,),  # affine
    ("Interp", 5): (0,),  # dynamic_target_size
    ("Interp", 6): (0,),  # align_corner
    ("MemoryData", 21): (0, 1),  # load_type
    ("Padding", 6): (0,),  # per_channel_pad_data_size
    ("Padding", 7): (0,),  # front
    ("Padding", 8): (0,),  # behind
    ("PixelShuffle", 1): (0,),  # mode
    ("Pooling", 6): None,  # avgpool_count_include_pad
    ("Pooling", 7): (0,),  # adaptive_pooling
    ("Reduction", 5): None,  # fixbug0: axes are counted in today's way
    ("Softmax", 1): (0, 1),  # fixbug0
}


def refuse_unknown_layers(graph: Graph) -> list[str]:
    """Raises MaiError `layer_unsupported` at the first layer that cannot be said; drops what says nothing new."""
    for layer in graph.layers:
        if layer.type not in LAYER_TYPES:
            raise refuse(layer, "its format does not know this kind of layer", ADVICE)
        known = {param.id for param in LAYER_TYPES[layer.type].params}
        for key in [key for key in layer.params if key not in known]:
            _drop_if_harmless(layer, key)
    return []


def _drop_if_harmless(layer: Layer, key: int) -> None:
    values = HARMLESS.get((layer.type, key), ())
    if values is None:
        return
    if layer.params[key] not in values:
        raise refuse(layer, f"its format does not know parameter {key}={layer.params[key]}", ADVICE)
    del layer.params[key]
