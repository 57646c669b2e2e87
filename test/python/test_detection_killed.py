"""A training of boxes for kidbright-mai-plus that is killed and goes on ends like one that was left alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import torch
from detection_project import squares_project
from mai.models.tensor_file import read_tensors
from test_detection_train import PYTHON, command, named, run

pytestmark = pytest.mark.soak


def kill_in(epoch: int, project: Path, *more: str) -> None:
    """kill -9 once the first step of this epoch is done."""
    process = subprocess.Popen(command(project, "killed", *more), cwd=PYTHON, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    begun = False
    for line in process.stdout:
        begun = begun or ('"epoch_start"' in line and json.loads(line)["epoch"] == epoch)
        if begun and '"batch_end"' in line:
            break
    assert begun, "it ended before that epoch"
    process.kill()
    process.wait(timeout=30)
    process.stdout.close()


def test_killed_before_and_after_the_choice_of_what_is_mirrored(tmp_path: Path) -> None:
    """The same weights, bit for bit."""
    project = squares_project(
        tmp_path / "plus", board="kidbright-mai-plus", modelType="yolo11n", epochs=4, batch_size=6
    )
    code, sent = run(project)
    assert code == 0, sent[-1]
    kill_in(2, project)
    kill_in(4, project, "--resume")
    code, rest = run(project, "--resume", output="killed")
    assert (code, [each["epoch"] for each in named(rest, "epoch_end")]) == (0, [4])
    assert named(rest, "epoch_end")[0]["matric"] == named(sent, "epoch_end")[-1]["matric"]
    whole, resumed = (read_tensors(project / folder / "model.pth")["state_dict"] for folder in ("output", "killed"))
    assert [key for key in whole if not torch.equal(whole[key], resumed[key])] == []
