"""Write model.mud, which tells the board's program what model.cvimodel is and how to feed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mai.data.preprocess import PREPROCESS

MODEL_FILE, MUD_FILE = "model.cvimodel", "model.mud"
CHANNELS = 3


ModelType = Literal["classifier", "yolo11"]


def mud(names: Sequence[str], model_type: ModelType = "classifier") -> str:
    """The text for a network whose outputs are numbered as `names` (made safe by board_names).

    `model_type` is the board's program: "classifier" computes Softmax of the outputs, "yolo11" finds boxes. The board
    computes y = (pixel − mean) · scale, as a training does. The IDE replaces
    the value of the one key that ends in `model`. There is no blank after a comma of the labels: older firmware
    keeps it in the name.
    """
    mean, scale = (", ".join([f"{value:.7g}"] * CHANNELS) for value in (PREPROCESS.mean, PREPROCESS.scale))
    return (
        f"[basic]\ntype = cvimodel\nmodel = {MODEL_FILE}\n\n"
        f"[extra]\nmodel_type = {model_type}\ninput_type = rgb\nmean = {mean}\nscale = {scale}\n"
        f"labels = {','.join(names)}\n"
    )
