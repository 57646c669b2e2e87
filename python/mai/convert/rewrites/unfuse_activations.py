"""Make every activation fused into a convolution or an InnerProduct a layer of its own.

The format keeps a fused activation as text that the NPU ignores: such a network is dead on the
board. On the CPU (depthwise, deconvolution) the first four kinds are carried out and stay.
"""

from __future__ import annotations

from spnn.format.graph import Graph, Layer

from mai.convert.rewrites.edit import fresh_name, insert_after, refuse

RELU, LEAKY_RELU, CLIP, SIGMOID, MISH, HARD_SWISH = 1, 2, 3, 4, 5, 6
ON_NPU = ("Convolution", "InnerProduct")
ON_CPU = ("ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise")


def unfuse_activations(graph: Graph) -> list[str]:
    """Raises MaiError for an activation that the format does not have."""
    done = []
    for layer in list(graph.layers):
        kind = layer.int(9)
        if layer.type not in ON_NPU + ON_CPU or kind == 0:
            continue
        if layer.type in ON_CPU and kind in (RELU, LEAKY_RELU, CLIP, SIGMOID):
            continue
        activation = _layer_for(kind, layer)
        activation.name = fresh_name(graph, f"{layer.name}_act")
        insert_after(graph, layer, activation)
        layer.params.pop(9, None)
        layer.params.pop(10, None)
        done.append(f"{layer.name}: {activation.type} is a layer of its own")
    return done


def _layer_for(kind: int, layer: Layer) -> Layer:
    values = layer.floats(10)
    if kind == RELU:
        return Layer("ReLU", "")
    if kind == LEAKY_RELU and len(values) == 1:
        return Layer("ReLU", "", params={0: values[0]})
    if kind == CLIP and len(values) == 2:
        return Layer("Clip", "", params={0: values[0], 1: values[1]})
    if kind == SIGMOID:
        return Layer("Sigmoid", "")
    if kind == HARD_SWISH and len(values) == 2:
        return Layer("HardSwish", "", params={0: values[0], 1: values[1]})
    name = "Mish" if kind == MISH else f"activation {kind}"
    raise refuse(layer, f"its format does not know {name}", "use ReLU")
