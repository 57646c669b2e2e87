"""First answers for a whole class: one process that keeps the network in memory and serves one project after another.

Pupils of a classroom often have the same photos, so features are shared among its projects by the photos' content.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from mai import events
from mai.data.images import index_photos
from mai.device import job_device
from mai.models.efficientnet_lite import Reads
from mai.models.weights import bundled_start
from mai.train.classification.first_answer import keep_first_answer, make_first_answer
from mai.train.classification.photos import Photos, read_photos
from mai.train.classification.prepare import KIND, asked_network, reads_to_choose
from mai.train.engine.precision import precision_of
from mai.train.features.photo_features import Features, feature_network, find_features, keep_features
from mai.train.plan.plan import Plan, require_type

KEPT_PHOTOS = 20_000  # of each classroom, 3 KB each
KEPT_CLASSROOMS = 8
MOST_PHOTOS = 1_000


class SharedFeatures:
    """Features float16 [1664] by content hash for each classroom; what was used longest ago goes first."""

    def __init__(self, photos: int = KEPT_PHOTOS, classrooms: int = KEPT_CLASSROOMS) -> None:
        self._photos = photos
        self._classrooms = classrooms
        self._known: dict[str, dict[str, Tensor]] = {}

    def of(self, classroom: str) -> MutableMapping[str, Tensor]:
        known = self._known.pop(classroom, {})
        self._known[classroom] = known
        for oldest in _surplus(self._known, self._classrooms):
            del self._known[oldest]
        return known

    def note(self, classroom: str, digests: tuple[str, ...], values: Tensor) -> None:
        """`values` float [N, 1664] are the features of the photos with these hashes."""
        known = self.of(classroom)
        for digest, value in zip(digests, values.half(), strict=True):
            known.pop(digest, None)
            known[digest] = value.clone()
        for oldest in _surplus(known, self._photos):
            del known[oldest]


def _surplus(known: Mapping[str, Any], limit: int) -> list[str]:
    return list(islice(known, max(0, len(known) - limit)))


@dataclass(frozen=True)
class Request:
    """`read_plan` raises MaiError where the project cannot be trained."""

    id: str
    classroom: str
    read_plan: Callable[[], Plan]


@dataclass(frozen=True)
class _Read:
    """A project's photos and their features; nothing of it is on the disk or announced yet."""

    plan: Plan
    among: tuple[Reads, ...]
    photos: Photos
    features: Features
    announcements: list[events.Event]


class TooManyPhotos(Exception):
    """The others would wait too long: this project's training answers by itself."""


class FirstAnswers:
    """Loads the network once, for one device. While one project's heads are fitted, the next one's photos are read."""

    def __init__(self, device: str, threads: int) -> None:
        if threads:
            torch.set_num_threads(threads)
        self._precision = precision_of(job_device(device))
        self._network = feature_network(bundled_start(), self._precision.device)
        self._shared = SharedFeatures()
        self._reader = ThreadPoolExecutor(1, "photos of the next")
        self._ahead: dict[str, Future[_Read]] = {}

    def give(self, request: Request, next_one: Request | None = None) -> None:
        """Make, send and keep the first answer of a project. Raises MaiError for what its training would refuse, too,
        and TooManyPhotos."""
        read = self._read_or_read_ahead(request)
        plan, photos, features = read.plan, read.photos, read.features
        self._shared.note(request.classroom, photos.store.digests, features.values)
        self._ahead.clear()
        if next_one is not None:
            known = dict(self._shared.of(next_one.classroom))
            self._ahead[next_one.id] = self._reader.submit(self._read, next_one, known)
        events.send(read.announcements)
        keep_features(plan.cache, photos.store.digests, features)
        keep_first_answer(plan, photos, read.among, make_first_answer(plan, photos, features, read.among))

    def _read_or_read_ahead(self, request: Request) -> _Read:
        """Waits for the reader in any case: it has the whole processor."""
        ahead = self._ahead.get(request.id) or self._reader.submit(
            self._read, request, self._shared.of(request.classroom)
        )
        return ahead.result()

    def _read(self, request: Request, known: Mapping[str, Tensor]) -> _Read:
        plan = replace(request.read_plan(), started=time.monotonic())
        require_type(plan, KIND)
        among = reads_to_choose(asked_network(plan.project)[0])
        if len(index_photos(plan.project.dataset, plan.project.labels)) > MOST_PHOTOS:
            raise TooManyPhotos(f"more than {MOST_PHOTOS}")
        with events.collected() as announcements:
            photos = read_photos(plan)
        digests, pixels = photos.store.digests, photos.store.pixels
        features = find_features(self._network, digests, pixels, plan.cache, self._precision, known)
        return _Read(plan, among, photos, features, announcements)
