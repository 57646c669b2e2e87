"""The float files of a known backbone, kept without a head; with a head put in they are the files of its network.

They are the same to the byte as those that an export and pnnx make, which is tried before they are kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from spnn.format.graph import Graph

from mai.convert.known import ncnn_head, onnx_head
from mai.convert.known.backbone import Head, head_of, known_backbone
from mai.convert.known.backbone_cache import BackboneCache
from mai.convert.known.backbone_scales import BackboneScales
from mai.convert.known.fingerprint import fingerprint, scales_code
from mai.convert.similarity import require_same
from mai.models.efficientnet_lite import EfficientNetLite0
from mai.models.registry import LoadedModel

ONNX, PARAM, BINARY, PLACES = "model.onnx", "model.param", "model.bin", "places.json"


@dataclass(frozen=True)
class BackboneFiles:
    """What is kept: three files without the head, and where its numbers go."""

    exported: bytes
    param: str
    binary: bytes
    onnx_places: list[onnx_head.Place]
    ncnn_places: list[ncnn_head.Place]

    @staticmethod
    def of(folder: Path, head: Head) -> BackboneFiles | None:
        """From the three files in `folder`; None if putting `head` in again does not give them to the byte."""
        whole, binary = (folder / ONNX).read_bytes(), (folder / BINARY).read_bytes()
        param = (folder / PARAM).read_text(encoding="utf-8")
        without, rest = onnx_head.take_out(whole, head), ncnn_head.take_out(param, binary, head)
        if without is None or rest is None:
            return None
        files = BackboneFiles(without[0], rest[0], rest[1], without[1], rest[2])
        same = files.onnx_with(head).SerializeToString() == whole and files.ncnn_with(head) == (param, binary)
        return files if same else None

    def onnx_with(self, head: Head) -> onnx.ModelProto:
        return onnx_head.put_in(self.exported, self.onnx_places, head)

    def ncnn_with(self, head: Head) -> tuple[str, bytes]:
        return ncnn_head.put_in(self.param, self.binary, self.ncnn_places, head)

    def parts(self) -> dict[str, bytes]:
        """For the cache."""
        places = {"onnx": list(map(asdict, self.onnx_places)), "ncnn": list(map(asdict, self.ncnn_places))}
        return {
            ONNX: self.exported, PARAM: self.param.encode(), BINARY: self.binary, PLACES: json.dumps(places).encode(),
        }  # fmt: skip

    @staticmethod
    def from_parts(parts: dict[str, bytes]) -> BackboneFiles:
        """Raises whatever a parser does for what another program has written."""
        places = json.loads(parts[PLACES])
        return BackboneFiles(
            parts[ONNX], parts[PARAM].decode(), parts[BINARY],
            [onnx_head.Place(**each) for each in places["onnx"]], [ncnn_head.Place(**each) for each in places["ncnn"]],
        )  # fmt: skip


class KnownNetwork:
    """A known backbone with a job's head. `files` are those in the cache, or None if it has none yet."""

    def __init__(self, module: EfficientNetLite0, key: str, side: int, cache: BackboneCache) -> None:
        self._module, self._key, self._side, self._cache = module, key, side, cache
        self._head = head_of(module)
        self.files = cache.use(key, self._files_of)

    def _files_of(self, parts: dict[str, bytes]) -> BackboneFiles:
        """Raises an exception too if the head does not go into them."""
        files = BackboneFiles.from_parts(parts)
        files.onnx_with(self._head)
        files.ncnn_with(self._head)
        return files

    def write_onnx(self, files: BackboneFiles, path: Path, sample: np.ndarray, reference: np.ndarray) -> float:
        """Write the file; cosine similarity of its head's answer, as the backbone was compared when it was kept.

        `sample` float32 (1, C, H, W), `reference` PyTorch's answer.
        """
        model = files.onnx_with(self._head)
        path.write_bytes(model.SerializeToString())
        with torch.inference_mode():
            features = [part.numpy() for part in self._module.parts(torch.from_numpy(sample))]
        return require_same(onnx_head.run_head(model, files.onnx_places, features), reference, path.name)

    def write_ncnn(self, files: BackboneFiles, param: Path, binary: Path) -> None:
        text, data = files.ncnn_with(self._head)
        binary.write_bytes(data)
        param.write_text(text, encoding="utf-8", newline="\n")

    def scales(self, optimised: Graph) -> BackboneScales:
        """Those in the cache; where it has none, of this network's backbone, and kept."""
        key = f"{self._key}-{scales_code()}"
        scales = self._cache.use(key, lambda parts: BackboneScales.from_parts(parts, optimised))
        if scales is None:
            scales = BackboneScales.of(optimised, self._side)
            self._cache.write(key, scales.parts())
        return scales

    def keep(self, folder: Path) -> None:
        """Keep the backbone of the files in `folder`, which were compared with PyTorch."""
        files = BackboneFiles.of(folder, self._head)
        if files is not None:
            self._cache.write(self._key, files.parts())


def known_network(trained: LoadedModel, shape: tuple[int, ...], shared_cache: Path | None) -> KnownNetwork | None:
    """None if its backbone is not one that this installation ships, or there is no folder to keep it in."""
    module = None if shared_cache is None else known_backbone(trained)
    if module is None or shared_cache is None:
        return None
    return KnownNetwork(module, fingerprint(module, shape), shape[-1], BackboneCache(shared_cache))
