"""PyTorch's usual training loop, written as its tutorials do: the yardstick for our epochs.

Every JPEG is decoded anew each epoch by a DataLoader, augmented with PIL, trained in float32 with
one `.item()` a step, and validated; with the number of workers that is fastest on this machine, which
are kept from epoch to epoch (tutorials start them anew for each).
"""

from __future__ import annotations

import gc
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
from PIL import Image, ImageEnhance
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

SIZE = 224


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
        image = augment(image) if self.augmented else centre(image).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(SIZE, SIZE, 3)
        return (pixels.permute(2, 0, 1).float() - 127.5) / 128, photo.label


def centre(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def augment(image: Image.Image) -> Image.Image:
    """Turn, cut a region, mirror, change light and colour: the kinds of change that our epoch makes too."""
    square = centre(image).rotate(random.uniform(-12, 12), Image.Resampling.BILINEAR)
    side = int(square.width * random.uniform(0.7, 1.0))
    left, top = (random.randint(0, square.width - side) for _ in range(2))
    square = square.resize((SIZE, SIZE), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    if random.random() < 0.5:
        square = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        square = change(square).enhance(random.uniform(0.75, 1.25))
    return square


class PlainLoop:
    """One network that goes on from epoch to epoch. `best` measures; `workers` and `tried` say with how many."""

    def __init__(self, project: Path, device: torch.device, batch_size: int) -> None:
        settings = read_project(project)
        photos = index_photos(settings.dataset, settings.labels)
        names, labels = [photo.name for photo in photos], [photo.label for photo in photos]
        split = split_samples(names, labels, settings.labels, settings.train.train_split, 0)
        self.train = [photos[row] for row in split.train]
        self.validation = [photos[row] for row in split.validation]
        self.classes = len(settings.labels)
        self.device, self.batch_size = device, batch_size
        self.workers = 0
        self.tried: dict[str, float] = {}
        self._made: dict[int, tuple[DataLoader, DataLoader]] = {}

    def best(self, repeats: int) -> list[float]:
        """Seconds of `repeats` epochs with the fastest number of workers, each tried for one epoch."""
        self.model = build_model("IMAGE_CLASSIFICATION", "resnet18", self.classes).to(self.device)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
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
            loss = F.cross_entropy(self.model(images), labels)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(images)
        return {"train_loss": total / len(self.train), "val_acc": self._validate(workers)}

    @torch.no_grad()
    def _validate(self, workers: int) -> float:
        self.model.eval()
        right = 0
        for images, labels in self._loaders(workers)[1]:
            right += (self.model(images.to(self.device)).argmax(1).cpu() == labels).sum().item()
        return right / len(self.validation)

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
