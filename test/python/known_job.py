"""Conversions of networks with a known backbone, without their photos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mai.convert import float_network
from mai.convert.job import Job
from mai.convert.known.backbone_files import KnownNetwork, known_network
from mai.models.efficientnet_lite import Reads
from mai.models.registry import LoadedModel, build_model
from mai.models.weights import SUBSTITUTES, bundled_start, load_start
from spnn.format.graph import Graph

SHAPE = (1, 3, 64, 64)  # the network takes any even size; a photo's takes twelve times as long
ANY_PROJECT: Any = None  # the float half does not look at it


def trained(reads: Reads, labels: int, seed: int = 0) -> LoadedModel:
    """A network as the quick first model is one: the bundled weights with a head of its own."""
    torch.manual_seed(seed)
    module = build_model("IMAGE_CLASSIFICATION", SUBSTITUTES[reads], labels)
    load_start(module, bundled_start(SUBSTITUTES[reads]))
    names = tuple(f"หมา {number}" for number in range(labels))
    return LoadedModel(module.eval(), "IMAGE_CLASSIFICATION", SUBSTITUTES[reads], {}, names, {}, {}, {})


class SmallJob(Job):
    @property
    def shape(self) -> tuple[int, int, int, int]:
        return SHAPE


def float_half(model: LoadedModel, folder: Path, cache: Path | None) -> tuple[Graph, KnownNetwork | None]:
    """Export, convert and optimise, as a conversion does; the optimised network, and what is known of it."""
    folder.mkdir()
    job = SmallJob(ANY_PROJECT, model, folder, folder, "auto", 1, cache)
    inputs = photos(2)
    probe = float_network.Probe(inputs, float_network.run_torch(model.module, inputs))
    known = known_network(model, SHAPE, cache)
    exported, converted = float_network.export(job, probe, known), float_network.convert(job, probe, known)
    optimised, _, similarity = float_network.optimise(job, probe, known)
    assert min(exported, converted, similarity) > 0.999999
    return optimised, known


def photos(count: int, seed: int = 1) -> np.ndarray:
    """Noise as network inputs, float32 (count, C, H, W)."""
    return np.random.default_rng(seed).uniform(-1, 1, (count, *SHAPE[1:])).astype(np.float32)
