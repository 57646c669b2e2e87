"""PyTorch's usual training loop, as in its tutorial on transfer learning. Our epochs are compared with it.

Every JPEG is decoded anew each epoch by a DataLoader; photos to learn from are cut by RandomResizedCrop(224) and
mirrored by RandomHorizontalFlip, those to check with are Resize(256) and CenterCrop(224), with torchvision's defaults;
one `.item()` a step; validated. In float32 or with autocast, with the number of workers that is fastest on this
machine, which are kept from epoch to epoch (the tutorial starts them anew for each). The batch size is ours, as the
tutorial's 4 would be slower.

Source: https://docs.pytorch.org/tutorials/beginner/transfer_learning_tutorial.html,
https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomResizedCrop.html
"""

from __future__ import annotations

import gc
import math
import os
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from common import timed
from mai.config import read_project
from mai.data.images import Photo, index_photos
from mai.data.split import split_samples
from mai.models.registry import build_model
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

SIZE = 224
MEAN, STD = (torch.tensor(values)[:, None, None] for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


class Photos(Dataset):
    """Decode, augment (or cut the centre), normalise: one photo at a time."""

    def __init__(self, photos: list[Photo], augmented: bool) -> None:
        self.photos, self.augmented = photos, augmented

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        photo = self.photos[index]
        with Image.open(photo.path) as file:
            image = file.convert("RGB")
        image = random_cut(image) if self.augmented else centre(image)
        pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(SIZE, SIZE, 3)
        return (pixels.permute(2, 0, 1).float() / 255 - MEAN) / STD, photo.label


def random_cut(image: Image.Image) -> Image.Image:
    """RandomResizedCrop (8 to 100 % of the area, sides 3:4 to 4:3, ten tries) and RandomHorizontalFlip."""
    area = image.width * image.height
    for _ in range(10):
        part = area * random.uniform(0.08, 1.0)
        ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        width, height = round(math.sqrt(part * ratio)), round(math.sqrt(part / ratio))
        if 0 < width <= image.width and 0 < height <= image.height:
            break
    else:
        width = height = min(image.size)
    left, top = random.randint(0, image.width - width), random.randint(0, image.height - height)
    # cut first, as torchvision does: the edge of the cut is not smoothed with what lies beyond it
    cut = image.crop((left, top, left + width, top + height)).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else cut


def centre(image: Image.Image) -> Image.Image:
    """Resize(256), which makes the shorter side 256, and CenterCrop(224)."""
    scale = 256 / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
    left, top = (image.width - SIZE) // 2, (image.height - SIZE) // 2
    return image.crop((left, top, left + SIZE, top + SIZE))


class PlainLoop:
    """One network, trained from epoch to epoch. `best` measures; `workers` and `tried` are numbers of data workers."""

    def __init__(self, project: Path, device: torch.device, batch_size: int, autocast: bool = False) -> None:
        settings = read_project(project)
        photos = index_photos(settings.dataset, settings.labels)
        names, labels = [photo.name for photo in photos], [photo.label for photo in photos]
        split = split_samples(names, labels, settings.labels, settings.train.train_split, 0)
        self.train = [photos[row] for row in split.train]
        self.validation = [photos[row] for row in split.validation]
        self.classes = len(settings.labels)
        self.device, self.batch_size = device, batch_size
        # On a GPU the tutorial on autocast takes float16 and a scaler of gradients, on a processor there is bfloat16.
        self.half = torch.float16 if device.type == "cuda" else torch.bfloat16
        self.autocast = autocast
        self.workers = 0
        self.tried: dict[str, float] = {}
        self._made: dict[int, tuple[DataLoader, DataLoader]] = {}

    def best(self, repeats: int) -> list[float]:
        """Seconds of `repeats` epochs with the fastest number of workers, each tried for one epoch."""
        self.model = build_model("IMAGE_CLASSIFICATION", "resnet18", self.classes).to(self.device)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.autocast and self.device.type == "cuda")
        gc.collect()  # CUDA graphs of trainings before this one: a worker, forked, would die of taking them down
        self._epoch(0)
        seconds = {}
        for workers in (count for count in (0, 1, 2, 4, 8, 16) if count <= (os.cpu_count() or 1)):
            for loader in self._loaders(workers):
                iter(loader)  # the workers are started, and stay
            seconds[workers] = timed(lambda w=workers: self._epoch(w))
        self.workers = min(seconds, key=seconds.__getitem__)
        self.tried = {f"{workers} workers": round(value, 2) for workers, value in seconds.items()}
        found = [timed(lambda: self._epoch(self.workers)) for _ in range(repeats)]
        if self.workers:
            self.tried[f"{self.workers} workers, started anew"] = round(timed(self._anew), 2)
        return found

    def _anew(self) -> None:
        self._made.clear()  # ends the workers that were kept
        self._epoch(self.workers)

    def _epoch(self, workers: int) -> dict[str, float]:
        self.model.train()
        total = 0.0
        for images, labels in self._loaders(workers)[0]:
            images, labels = images.to(self.device), labels.to(self.device)
            with self._precision():
                loss = F.cross_entropy(self.model(images), labels)
            self.optimizer.zero_grad()
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            total += loss.item() * len(images)
        return {"train_loss": total / len(self.train), "val_acc": self._validate(workers)}

    @torch.no_grad()
    def _validate(self, workers: int) -> float:
        self.model.eval()
        right = 0
        for images, labels in self._loaders(workers)[1]:
            with self._precision():
                answers = self.model(images.to(self.device)).argmax(1).cpu()
            right += (answers == labels).sum().item()
        return right / len(self.validation)

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, self.half, enabled=self.autocast)

    def _loaders(self, workers: int) -> tuple[DataLoader, DataLoader]:
        """To learn from, to validate with; made once for a number of workers, which stay from epoch to epoch."""
        if workers not in self._made:
            settings = {
                "batch_size": self.batch_size, "num_workers": workers, "persistent_workers": workers > 0,
                "pin_memory": self.device.type == "cuda",
            }  # fmt: skip
            self._made[workers] = (
                DataLoader(Photos(self.train, True), shuffle=True, **settings),
                DataLoader(Photos(self.validation, False), **settings),
            )
        return self._made[workers]
