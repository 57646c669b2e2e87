"""The name under which files of a backbone are kept: a digest of everything that they depend on."""

from __future__ import annotations

import hashlib
import importlib
import platform
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from mai.convert.known.backbone import COUNTER, HEAD
from mai.models.efficientnet_lite import EfficientNetLite0

PACKAGES = ("torch", "onnx", "pnnx", "numpy", "protobuf")
# Our own code that makes the files. A change of any of these files makes new fingerprints.
CODE = (
    "mai.models.efficientnet_lite", "mai.convert.export_onnx", "mai.convert.onnx_to_ncnn", "mai.convert.known.backbone",
    "mai.convert.known.fingerprint", "mai.convert.known.onnx_head", "mai.convert.known.ncnn_head",
    "mai.convert.known.backbone_cache", "mai.convert.known.backbone_files",
)  # fmt: skip
# The packages that scales depend on: whatever changes the optimised network changes its blobs.
SCALES = ("spnn", "mai.convert")


def fingerprint(module: EfficientNetLite0, shape: Sequence[int]) -> str:
    """64 hex digits for the architecture, the weights outside the head, the input's `shape`, all versions, the CPU."""
    digest = hashlib.sha256(_surroundings().encode())
    digest.update(repr((type(module).__name__, module.reads, tuple(shape))).encode())
    for name, value in module.state_dict().items():
        if not name.startswith(HEAD) and not name.endswith(COUNTER):
            digest.update(repr((name, str(value.dtype), tuple(value.shape))).encode())
            digest.update(value.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()


@cache
def scales_code() -> str:
    """16 hex digits for the code that makes scales of an optimised network."""
    digest = hashlib.sha256()
    for package in SCALES:
        folder = Path(str(importlib.import_module(package).__file__)).parent
        for file in sorted(folder.rglob("*.py")):
            digest.update(file.read_bytes())
    digest.update(_source("mai.data.preprocess"))  # it prepares the pictures that are measured
    return digest.hexdigest()[:16]


@cache
def _surroundings() -> str:
    """Versions of packages and of our own code, and the kind of processor, whose rounding folds the batch norms."""
    code = [hashlib.sha256(_source(name)).hexdigest() for name in CODE]
    processor = (platform.system(), platform.machine(), torch.backends.cpu.get_cpu_capability())
    return repr(([(name, package_version(name)) for name in PACKAGES], code, processor))


def package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # e.g. pnnx as a program of its own
        return "unknown"


def _source(module: str) -> bytes:
    file = importlib.import_module(module).__file__
    return Path(file).read_bytes() if file else b""
