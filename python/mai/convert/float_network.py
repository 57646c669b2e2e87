"""Run the float half of a conversion: PyTorch → ONNX → NCNN → optimised, each checked against the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from spnn.format.graph import Graph
from spnn.format.param import read_param
from spnn.format.values import get_ints
from spnn.passes import optimize
from spnn.run.float import run_float
from torch import Tensor, nn

from mai.convert.export_onnx import OUTPUT_NAME, export_onnx
from mai.convert.job import Job
from mai.convert.known.backbone_files import KnownNetwork
from mai.convert.onnx_reference import run_onnx
from mai.convert.onnx_to_ncnn import onnx_to_ncnn
from mai.convert.read_ncnn import read_ncnn
from mai.convert.refuse import refuse
from mai.convert.replace_coarse_batchnorm import replace_coarse_batchnorm
from mai.convert.rewrites.refuse_unknown_layers import refuse_unknown_layers
from mai.convert.rewrites.shapes import blob_shapes
from mai.convert.run_ncnn import run_ncnn
from mai.convert.similarity import cosine, require_same

__all__ = ["PROBES", "Probe", "convert", "cosine", "export", "optimise", "run_torch"]

PNNX_NAMES = ("in0", "out0")
AT_ONCE = 4  # samples in one forward pass; 16 take nearly twice as long
PROBES = 2  # samples to compare two float stages, which differ only by rounding unless there is a mistake


@dataclass(frozen=True)
class Probe:
    """A few samples and PyTorch's outputs for them."""

    inputs: NDArray[np.float32]
    reference: NDArray[np.float32]


def run_torch(module: nn.Module, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Output of the trained network, float32 (n, …)."""
    with torch.inference_mode():
        samples = torch.from_numpy(inputs).split(AT_ONCE)
        parts = [module(part.contiguous(memory_format=_layout(part))) for part in samples]
    return torch.cat(parts).float().contiguous().numpy()


def _layout(x: Tensor) -> torch.memory_format:
    """Photos as the processor's convolutions want them: EfficientNet-Lite0 takes two thirds of the time."""
    return torch.channels_last if x.ndim == 4 else torch.contiguous_format


def export(job: Job, probe: Probe, known: KnownNetwork | None = None) -> float:
    """Write model.onnx; cosine similarity of its answer (ONNX's own reference, one sample: it is slow)."""
    path = job.build / "model.onnx"
    if known is not None and known.files is not None:
        return known.write_onnx(known.files, path, probe.inputs[:1], probe.reference[:1])
    export_onnx(job.trained.module, job.shape, path)
    return require_same(run_onnx(path, probe.inputs[:1]), probe.reference[:1], "model.onnx")


def convert(job: Job, probe: Probe, known: KnownNetwork | None = None) -> float:
    """Write model.param and model.bin; cosine similarity of ncnn's answers."""
    param, binary = _ncnn_files(job.build)
    if known is not None and known.files is not None:
        known.write_ncnn(known.files, param, binary)
    else:
        onnx_to_ncnn(job.build / "model.onnx", param, binary, job.shape)
    refuse_unknown_layers(read_param(param))  # by name; ncnn would only say that it cannot load the file
    output = run_ncnn(param, binary, probe.inputs, PNNX_NAMES, job.threads)
    return require_same(output, probe.reference, "the NCNN model")


def optimise(job: Job, probe: Probe, known: KnownNetwork | None = None) -> tuple[Graph, list[str], float]:
    """Rewrite and optimise; the network, what was changed, and the cosine similarity of its answers.

    A backbone that was kept has been through all of this, so only the result is compared. One that was not is kept
    now.
    """
    is_kept = known is not None and known.files is not None
    graph, changes = read_ncnn(*_ncnn_files(job.build), job.shape, compare=not is_kept)
    if not is_kept:
        require_same(run_float(graph, probe.inputs)[OUTPUT_NAME], probe.reference, "the rewritten model")
    optimised, coarse = replace_coarse_batchnorm(optimize(graph, job.log))
    changes += [f"{name}: BatchNorm became Scale" for name in coarse]
    check_hints(optimised)
    similarity = require_same(run_float(optimised, probe.inputs)[OUTPUT_NAME], probe.reference, "the optimised model")
    if known is not None and not is_kept:
        known.keep(job.build)
    return optimised, changes, similarity


def check_hints(optimised: Graph) -> None:
    """Check that the shapes written into the model are those that its layers really make.

    `quantize` trusts these hints; without them, or with wrong ones, it crashes or makes another network.
    """
    shapes = blob_shapes(optimised)
    for layer in optimised.layers:
        hints = get_ints(layer, "output_shapes")
        for index, top in enumerate(layer.tops):
            if _hinted(hints[4 * index : 4 * index + 4]) != shapes[top]:
                raise refuse(layer, f"the size of its output {shapes[top]} cannot be written", "use simpler layers")


def _hinted(hint: Sequence[int]) -> tuple[int, ...]:
    """(dims, w, h, c) → the shape, outermost first."""
    return tuple(reversed(hint[1 : 1 + hint[0]])) if hint else ()


def _ncnn_files(build: Path) -> tuple[Path, Path]:
    return build / "model.param", build / "model.bin"
