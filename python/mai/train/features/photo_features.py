"""Features of photos from the frozen EfficientNet-Lite0, kept on disk by content hash.

The last features of the network and those behind block 11 come from one pass and are stored
together; which of them a head reads is chosen later (mai.train.classification.choose_features).
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

import torch
from torch import Tensor

from mai.data.preprocess import PREPROCESS
from mai.device import inference_batch, memory_format, to_device
from mai.models.efficientnet_lite import FEATURES, EfficientNetLite0, fuse_norms
from mai.models.registry import build_model
from mai.models.tensor_file import read_tensors, save_tensors
from mai.models.weights import SUBSTITUTES, Start, load_start
from mai.train.engine.precision import Precision
from mai.train.features.fast_features import Compute, features_of

CACHE_FILE = "features-efficientnet-lite0-3.pt"  # the number changes with weights or preprocessing
KEPT_BEYOND_USE = 20_000  # photos of earlier uploads that stay in the cache (3 KB each)


@dataclass(frozen=True)
class Features:
    """`values` float32 [N, 1664]: 1280 last ones, then those behind block 11.

    How many were computed now, and how many were known. `unkept`: by digest, with what is on disk, for `keep_features`;
    None where the disk has all of them.
    """

    values: Tensor
    computed: int
    cached: int
    unkept: Mapping[str, Tensor] | None


def feature_network(start: Start, device: torch.device) -> EfficientNetLite0:
    """EfficientNet-Lite0 with the weights of `start`, up to its pooled features, norms folded into the convolutions."""
    network = cast(EfficientNetLite0, build_model("IMAGE_CLASSIFICATION", SUBSTITUTES["both"], 1))
    load_start(network, replace(start, name=SUBSTITUTES["both"]))
    network = fuse_norms(network.eval()).requires_grad_(False)
    return to_device(network, device, memory_format(network, device))


def photo_features(
    network: EfficientNetLite0,
    digests: Sequence[str],
    pixels: Tensor,
    cache: Path,
    precision: Precision,
) -> Features:
    """Features of `pixels` (uint8 [N, 224, 224, 3]); only those whose digest is not in the cache are computed, and
    kept there."""
    features = find_features(network, digests, pixels, cache, precision)
    keep_features(cache, digests, features)
    return features


def find_features(
    network: EfficientNetLite0,
    digests: Sequence[str],
    pixels: Tensor,
    cache: Path,
    precision: Precision,
    shared: Mapping[str, Tensor] = MappingProxyType({}),
) -> Features:
    """As photo_features, but nothing is written.

    `shared`: features float16 [1664] by digest that are in memory already, of other projects of the class.
    """
    known = _read(cache / CACHE_FILE)
    found = {digest: shared[digest] for digest in digests if digest in shared and digest not in known}
    known |= found
    missing = [row for row, digest in enumerate(digests) if digest not in known]
    if missing:
        # Rounded to float16 before use, so that a feature from disk equals a fresh one.
        fresh = compute_features(network, pixels, torch.tensor(missing), precision).half()
        known |= {digests[row]: value for row, value in zip(missing, fresh, strict=True)}
    values = torch.stack([known[digest] for digest in digests]).float()
    return Features(values, len(missing), len(digests) - len(missing), known if missing or found else None)


def keep_features(cache: Path, digests: Sequence[str], features: Features) -> None:
    """Keep what `find_features` has found for these digests in the cache."""
    if features.unkept is not None:
        _write(cache / CACHE_FILE, features.unkept, digests)


@torch.inference_mode()
def compute_features(
    network: EfficientNetLite0, pixels: Tensor, rows: Tensor, precision: Precision, compute: Compute | None = None
) -> Tensor:
    """Rows of `pixels` (uint8 [N, 224, 224, 3]; read batch by batch, they may lie on disk) → float32 [rows, 1664].

    `compute`: another way than the fastest one (features_of).
    """
    size, layout = inference_batch(precision.device), memory_format(network, precision.device)
    compute = compute or features_of(network, precision)
    parts = [torch.empty(0, FEATURES["both"])]
    with precision.autocast():
        for some in rows.split(size):
            images = PREPROCESS(pixels[some].to(precision.device)).contiguous(memory_format=layout)
            parts.append(compute(images).float().cpu())
    return torch.cat(parts)


def _read(file: Path) -> dict[str, Tensor]:
    if not file.exists():
        return {}
    try:
        saved = read_tensors(file)
        return dict(zip(saved["digests"], saved["features"].unbind(), strict=True))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError, KeyError, AttributeError):
        return {}  # a cache that is damaged is computed again


def _write(file: Path, known: Mapping[str, Tensor], used: Sequence[str]) -> None:
    in_use = dict.fromkeys(used)
    others = [digest for digest in known if digest not in in_use]
    digests = [*others[-KEPT_BEYOND_USE:], *in_use]
    save_tensors(file, {"digests": digests, "features": torch.stack([known[digest] for digest in digests])})
