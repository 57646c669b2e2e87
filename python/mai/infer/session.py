"""Keep models in memory: read once, read again when their file changes, the least recently used dropped."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

from mai.errors import MaiError
from mai.infer.classify import classify
from mai.infer.detect import detect
from mai.infer.heat import look
from mai.infer.listen import listen
from mai.infer.loaded import Loaded, load
from mai.infer.protocol import Request

KEPT = 4  # models; ResNet-18 and its twin take about 150 MB
TYPE_OF = {
    "IMAGE_CLASSIFICATION": "classification", "OBJECT_DETECTION": "detection", "VOICE_CLASSIFICATION": "voice",
}  # fmt: skip
ANSWER = {"classification": classify, "detection": detect, "voice": listen}
# What decides whether a model in memory is still the one on disk.
FILES = ("model.pth", "model_int8.param", "model_int8.bin", "model_cpu.npz", "model_int8.mlir")

Key = tuple[str, tuple[tuple[int, int] | None, ...]]


class Session:
    """Call it with a request; it returns the result. Raises MaiError."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._models: OrderedDict[Key, Loaded] = OrderedDict()

    def __call__(self, request: Request) -> dict[str, Any]:
        loaded = self._load(request.model)
        expected = TYPE_OF[loaded.trained.project_type]
        if request.type != expected:
            raise MaiError(
                "type_mismatch",
                value=request.type,
                expected=expected,
            )
        if request.heat:
            return look(loaded, request)
        return ANSWER[expected](loaded, request)

    def _load(self, folder: Path) -> Loaded:
        key = (str(folder), tuple(_stamp(folder / name) for name in FILES))
        if key not in self._models:
            # An older state of the same folder will not be asked for again.
            for old in [old for old in self._models if old[0] == key[0]]:
                del self._models[old]
            self._models[key] = load(folder)
            while len(self._models) > self._kept:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        return self._models[key]


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
