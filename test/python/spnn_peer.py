"""Small networks for the tests, and the same networks run by ncnn itself."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spnn.format.graph import Blob, Graph, Layer
from spnn.format.model_files import write_model


def layer(
    kind: str,
    bottoms: Sequence[str],
    tops: Sequence[str],
    params: Mapping[int, Any] | None = None,
    blobs: Sequence[np.ndarray] = (),
    name: str | None = None,
) -> Layer:
    """A layer; its name is `<type>_<first top>` unless given. The first block of a weighted layer is tagged."""
    tagged = kind.startswith(("Convolution", "Deconvolution", "InnerProduct"))
    blocks = [Blob.tagged(b) if tagged and i == 0 else Blob.raw(b) for i, b in enumerate(blobs)]
    return Layer(kind, name or f"{kind}_{tops[0]}", list(bottoms), list(tops), dict(params or {}), blocks)


def input_layer(top: str, shape: Sequence[int]) -> Layer:
    """An Input for a blob of shape (w,), (h, w) or (c, h, w)."""
    return Layer("Input", top, [], [top], dict(enumerate(shape[::-1])), [])


def single_layer(
    kind: str,
    shapes: Sequence[Sequence[int]],
    params: Mapping[int, Any],
    blobs: Sequence[np.ndarray] = (),
    tops: int = 1,
) -> Graph:
    """Inputs in0, in1, ... of the given shapes, one layer, outputs out0, out1, ..."""
    inputs = [input_layer(f"in{i}", shape) for i, shape in enumerate(shapes)]
    outputs = [f"out{i}" for i in range(tops)]
    return Graph([*inputs, layer(kind, [f"in{i}" for i in range(len(shapes))], outputs, params, blobs)])


def run_ncnn(
    graph: Graph, inputs: Mapping[str, np.ndarray], keep: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """Blobs of `graph` computed by ncnn, one sample of the batch at a time; shaped as run_float returns them."""
    import ncnn

    keep = keep or graph.outputs()
    with tempfile.TemporaryDirectory() as folder:
        param, weights = Path(folder, "m.param"), Path(folder, "m.bin")
        write_model(graph, param, weights)
        net = ncnn.Net()
        for option in ("use_vulkan_compute", "use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic",
                       "use_bf16_storage", "use_winograd_convolution", "use_sgemm_convolution"):  # fmt: skip
            setattr(net.opt, option, False)
        net.opt.num_threads = 1
        if net.load_param(str(param)) or net.load_model(str(weights)):
            raise AssertionError("ncnn does not load the network")
        samples = []
        for index in range(len(next(iter(inputs.values())))):
            found = {}
            for name in keep:
                extractor = net.create_extractor()
                mats = {key: ncnn.Mat(np.ascontiguousarray(value[index])).clone() for key, value in inputs.items()}
                for key, mat in mats.items():
                    extractor.input(key, mat)
                status, mat = extractor.extract(name)
                if status:
                    raise AssertionError(f"ncnn does not compute {name}")
                found[name] = np.array(mat)
            samples.append(found)
    return {name: np.stack([sample[name] for sample in samples]) for name in keep}
