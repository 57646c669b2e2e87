"""Answer which word a clip holds, and where in the clip it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mai.data.audio import FORMATS_IN_WORDS, ClipError, read_clip
from mai.data.voice_window import fit, loudest_start
from mai.errors import MaiError
from mai.infer.classify import verdict
from mai.infer.loaded import Loaded
from mai.infer.protocol import Request
from mai.voice.features import SAMPLE_RATE, features, network_input

WORD_SAMPLES = SAMPLE_RATE // 2  # half a second: a word is about as long

# code of a clip of a data set → of the clip of a request
TROUBLES = {"clips_too_long": "clip_too_long", "clips_too_short": "clip_too_short"}


def listen(loaded: Loaded, request: Request) -> dict[str, Any]:
    """`prediction`, `prob`, `probs`, `loudest_s` (the middle of the loudest half second), and `board`."""
    try:
        samples = read_clip(request.file).samples
    except ClipError as reason:
        raise _clip_error(reason) from None
    x = network_input(features(fit(samples, loaded.input_shape[2])[None]))
    labels = loaded.trained.labels
    output, board = loaded.answers(torch.from_numpy(x), request.board)
    result = verdict(output[0], labels, loaded.unknown_below)
    result["loudest_s"] = _loudest(samples)
    if board is not None:
        result["board"] = verdict(board[0], labels, loaded.board_unknown_below)
    return result


def _loudest(samples: NDArray[np.int16]) -> float:
    """Seconds from the beginning of the clip."""
    window = min(WORD_SAMPLES, len(samples))
    return round((loudest_start(samples, window) + window / 2) / SAMPLE_RATE, 2)


def _clip_error(reason: ClipError) -> MaiError:
    code = TROUBLES.get(reason.code, "not_a_clip")
    return MaiError(code, reason=str(reason), formats=FORMATS_IN_WORDS)
