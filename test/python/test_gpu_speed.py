"""Figures on a GPU, printed and not asserted: `pytest -m gpu -s`. The scripts are those of `npm run bench -- gpu`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "tools" / "bench"

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU"),
]


def run(script, *args):
    """The measurements that a script prints."""
    path = os.pathsep.join(filter(None, [str(ROOT / "python"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, BENCH / script, *map(str, args)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_epoch_of_200_photos_beside_the_bare_step_and_the_plain_loop(tmp_path):
    project = tmp_path / "photos.zip"
    run("make_project.py", "classification", 250, 2, project)  # 200 to learn
    lines = run("epoch_classification.py", project, "--data", "generated", "--device", "cuda")
    assert {"epoch_resnet18", "plain_loop_resnet18_float32"} < {line["name"] for line in lines}
    for line in lines:
        print(json.dumps({**line, "gpu": torch.cuda.get_device_name()}))


def test_an_epoch_of_boxes_beside_the_bare_step(tmp_path):
    project = tmp_path / "boxes.zip"
    run("make_project.py", "detection", 250, 2, project)
    lines = run("epoch_detection.py", project, "--data", "generated", "--device", "cuda")
    assert "epoch_slim_yolo_v2" in {line["name"] for line in lines}
    for line in lines:
        print(json.dumps({**line, "gpu": torch.cuda.get_device_name()}))
