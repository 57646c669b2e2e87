"""What a device is given to do: the number format, the moves, the optimiser. No GPU is needed to ask."""

import pytest
import torch
from mai import device, events
from mai.data.detection_augment import AugmentRange
from mai.data.detection_batch import augmented_batches
from mai.data.detection_store import FrameStore
from mai.device import autocast_dtype, job_device, memory_format
from mai.models.registry import build_model
from mai.train.classification import recipe as classification_recipe
from mai.train.detection import recipe as detection_recipe
from mai.train.engine.training import even_batches
from mai.train.voice import recipe as voice_recipe
from torch import nn

CPU = torch.device("cpu")
TOO_OLD = "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver"


@pytest.mark.parametrize(
    ("capability", "dtype"),
    [((7, 5), torch.float16), ((8, 0), torch.bfloat16), ((8, 6), torch.bfloat16), ((12, 0), torch.bfloat16)],
)
def test_bfloat16_only_where_the_card_itself_multiplies_it(monkeypatch, capability, dtype):
    """A Turing card (7.5) emulates it, slowly; the card asked is the one that the job runs on."""
    cards = {torch.device("cuda:0"): (9, 0), torch.device("cuda:1"): capability}
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", cards.__getitem__)
    assert autocast_dtype(torch.device("cuda:1")) == dtype


@pytest.mark.parametrize(
    ("name", "device", "layout"),
    [
        ("resnet18", "cpu", torch.channels_last),
        ("resnet18", "cuda:1", torch.channels_last),
        ("mobilenet-25", "cpu", torch.channels_last),
        ("mobilenet-25", "cuda:1", torch.contiguous_format),
        ("efficientnet-lite0", "cuda", torch.contiguous_format),
    ],
)
def test_only_depthwise_convolutions_on_a_gpu_are_not_channels_last(name, device, layout):
    assert memory_format(build_model("IMAGE_CLASSIFICATION", name, 2), torch.device(device)) == layout


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_batches_lie_as_their_network_does(layout):
    pixels = torch.zeros(8, 16, 16, 3, dtype=torch.uint8)
    batches = classification_recipe.PhotoBatches(
        pixels, torch.arange(8) % 2, torch.arange(8), CPU, mirrors=(True, True), memory_format=layout
    )
    for images, _ in (*batches.epoch(4, torch.Generator()), *batches.in_order(4)):
        assert images.is_contiguous(memory_format=layout)


def photo_batches():
    pixels = torch.zeros(8, 16, 16, 3, dtype=torch.uint8)
    return classification_recipe.PhotoBatches(pixels, torch.arange(8) % 2, torch.arange(8), CPU, mirrors=(True, True))


def clip_batches():
    return voice_recipe.ClipBatches(torch.zeros(8, 2, 40, 20, dtype=torch.uint8), torch.arange(8) % 2, CPU, repeats=2)


class DrawnBatches:
    """Eight frames of 40×32 pixels with one box each."""

    def epoch(self, batch_size, rng):
        size, count = 40 * 32 * 3, 8
        store = FrameStore(
            photos=(None,) * count,
            pixels=torch.zeros(count * size, dtype=torch.uint8),
            offsets=tuple(range(0, count * size, size)),
            sizes=((40, 32),) * count,
            side=32,
            boxes=torch.tensor([[[4.0, 4.0, 28.0, 28.0]]]).repeat(count, 1, 1),
            classes=torch.zeros(count, 1, dtype=torch.int64),
            valid=torch.ones(count, 1, dtype=torch.bool),
            ignored=torch.zeros(count, 1, dtype=torch.bool),
        )
        return augmented_batches(store, even_batches(count, batch_size, rng), 64, AugmentRange(), CPU, rng)


@pytest.mark.parametrize("make", [photo_batches, clip_batches, DrawnBatches])
def test_no_batch_waits_for_the_device(make, monkeypatch):
    """A blocking move to a GPU stops the processor until all that was queued there is done, several times a step."""
    batches, waits, real = make(), [], torch.Tensor.to

    def to(tensor, *args, **named):
        if args and isinstance(args[0], torch.device):
            waits.append(not named.get("non_blocking", False))
        return real(tensor, *args, **named)

    monkeypatch.setattr(torch.Tensor, "to", to)
    assert len(list(batches.epoch(4, torch.Generator().manual_seed(0)))) >= 2
    assert waits and not any(waits)


@pytest.mark.parametrize(
    "optimizer_of", [lambda model: classification_recipe.optimizer_of(model, 0.01, pretrained=False),
                     lambda model: classification_recipe.optimizer_of(model, 0.01, pretrained=True),
                     lambda model: detection_recipe.optimizer_of(model, 0.01),
                     lambda model: voice_recipe.optimizer_of(model, 0.01)],
)  # fmt: skip
def test_the_optimiser_is_one_kernel(optimizer_of):
    assert all(group["fused"] for group in optimizer_of(nn.Linear(2, 2)).param_groups)


@pytest.fixture
def notices(monkeypatch):
    sent = []
    monkeypatch.setattr(events, "notice", lambda code, **params: sent.append((code, params)))
    return sent


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (TOO_OLD, ("gpu_driver_old", {"cuda": "13.0"})),
        ("CUDA unknown error\nsecond line", ("gpu_unusable", {"reason": "CUDA unknown error"})),
    ],
)
def test_a_card_that_cannot_be_used_is_named_with_the_reason(problem, expected, monkeypatch, tmp_path, notices):
    def init():
        raise RuntimeError(problem)

    monkeypatch.setattr(device, "DRIVER", tmp_path)  # it exists: a driver is loaded
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", init)
    assert job_device("auto") == CPU
    assert notices == [expected]


@pytest.mark.parametrize(
    ("asked", "has_driver", "cuda"), [("cpu", True, "13.0"), ("auto", False, "13.0"), ("auto", True, None)]
)
def test_without_a_card_or_where_the_processor_was_asked_for_nothing_is_said(
    asked, has_driver, cuda, monkeypatch, tmp_path, notices
):
    monkeypatch.setattr(device, "DRIVER", tmp_path if has_driver else tmp_path / "none")
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", lambda: pytest.fail("nobody should ask the card"))
    assert job_device(asked) == CPU
    assert notices == []
