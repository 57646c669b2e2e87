"""How detectors are trained: the numbers, each with what it was chosen by (docs/recipes/detection.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from mai.data.detection_augment import AugmentRange
from mai.data.detection_batch import DetectionBatch, augmented_batches
from mai.data.detection_store import FrameStore
from mai.detect.anchors import IMAGE_SIZE
from mai.device import memory_format
from mai.models.lite_boxes import LiteBoxes
from mai.models.lite_yolo import LiteYolo
from mai.train.detection.kinds import Kind
from mai.train.detection.loss import Targets
from mai.train.engine.training import Network, Training, decay_groups, even_batches

# AdamW at the IDE's own default of 0.001 was ahead of SGD (0.01, 0.02) at equal epochs: the
# learning_rate of the project is used as it is.
WEIGHT_DECAY = 0.05
# A photo costs the same in steps of 16 and of 32, and there are twice as many to learn in: batch_size
# is an upper limit. A handful of photos is cut smaller still, so that an epoch of them has several.
LARGEST_STEP = 16
SMALLEST_STEP = 8
STEPS_WANTED = 8
WARMUP_EPOCHS = 1.0
EMA_DECAY = 0.98  # about four epochs of 200 photos
MAX_GRAD_NORM = 10.0
# (share of the epochs, side in pixels): a step at 128 costs a third and at 160 half of one at 224, and
# teaches nearly as much; the last quarter sees pictures as large as the board's.
PICTURE_SIZES = ((0.25, 128), (0.75, 160), (1.0, IMAGE_SIZE))
AUGMENT = AugmentRange()

# The pretrained detector, which is tried where the network that was asked for finds too little.
FEWEST_EPOCHS = 20  # a network trained for fewer is not judged: it was not given the time to learn
GOOD_ENOUGH = 90.0  # mAP in percent from which nothing else is tried
HOPELESS = 50.0  # mAP below which the first network does not go on after half of its epochs
CLEARLY_BETTER = 10.0  # points of mAP that pay for fewer pictures a second on the board
PRETRAINED_EPOCHS = 30  # at most; half of those that were asked for where that is less
BACKBONE_RATE = 0.3  # of the learning rate of neck and head: the features are good already
COPIES = 3  # things of other photos in each photo, at most


def picture_size(epoch: int, max_epoch: int) -> int:
    """Side in pixels of the pictures that epoch 1.. learns from."""
    return next(size for share, size in PICTURE_SIZES if epoch <= share * max_epoch)


def is_hopeless(curves: Sequence[Mapping[str, float]], max_epoch: int) -> bool:
    """Whether half of the epochs are over and none of them found much. Asked once: a training that went on goes on."""
    is_time = len(curves) == judged_after(max_epoch) < max_epoch
    return is_time and max(point["mAP"] for point in curves) < HOPELESS


def judged_after(max_epoch: int) -> int:
    """The epoch after which a network that has found little gives up."""
    return max(FEWEST_EPOCHS, max_epoch // 2)


def step_size(batch_size: int, photos: int) -> int:
    """Photos in one step of the optimiser."""
    return min(batch_size, LARGEST_STEP, max(SMALLEST_STEP, photos // STEPS_WANTED))


def optimizer_of(model: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    """AdamW; biases and batch norm do not decay, pretrained features learn more slowly, and some not at all."""
    for part in model.frozen_parts() if isinstance(model, LiteBoxes) else []:
        part.requires_grad_(False)
    pretrained = {parameter for part in backbone_of(model) for parameter in part.parameters()}
    groups = []
    for group in decay_groups(model, WEIGHT_DECAY):
        for rate, chosen in ((learning_rate, False), (learning_rate * BACKBONE_RATE, True)):
            parameters = [
                parameter
                for parameter in group["params"]
                if parameter.requires_grad and (parameter in pretrained) == chosen
            ]
            if parameters:
                groups.append({**group, "params": parameters, "lr": rate})
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)


def backbone_of(model: nn.Module) -> list[nn.Module]:
    """The parts of a detector that come with pretrained weights; none of slim YOLOv2."""
    return model.backbone_parts() if isinstance(model, (LiteYolo, LiteBoxes)) else []


def train_with_fixed_norms(model: nn.Module) -> None:
    """Train mode, but the norms of pretrained parts stay as they are: a handful of photos would spoil them."""
    model.train()
    for part in backbone_of(model):
        part.eval()


def batches_of(
    job: Training, kind: Kind, store: FrameStore, batch_size: int, rng: torch.Generator, may_mirror: Tensor
) -> Iterator[DetectionBatch]:
    """The batches of the epoch that `job` is in. `may_mirror` bool [photos]."""
    device = job.precision.device
    copies, layout = COPIES if backbone_of(job.model) else 0, memory_format(job.model, device)
    order = even_batches(len(store), batch_size, rng)
    size = kind.picture(picture_size(job.epoch, job.max_epoch))
    return augmented_batches(store, order, size, AUGMENT, device, rng, may_mirror, copies, layout)


def losses_of(kind: Kind, model: Network, batch: DetectionBatch) -> Mapping[str, Tensor]:
    """`train_loss` with its parts, which become curves of their own."""
    photos, boxes, classes, valid, ignored = batch
    height, width = photos.shape[2:]
    return kind.losses(model(photos), Targets(boxes, classes, valid, ignored), (height, width))
