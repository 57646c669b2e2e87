"""First answers for a whole class: one process that keeps the network in memory and serves one project after another.

The photos of those that follow are read ahead, two projects at once, each with half of the threads: threads of one
network wait for each other after every layer. Pupils of a classroom often have the same photos, so features are shared
among its projects by the photos' content.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
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
READERS = 2  # projects whose photos are read at once


class SharedFeatures:
    """Features float16 [1664] by content hash for each classroom; what was used longest ago goes first. For threads."""

    def __init__(self, photos: int = KEPT_PHOTOS, classrooms: int = KEPT_CLASSROOMS) -> None:
        self._photos = photos
        self._classrooms = classrooms
        self._known: dict[str, dict[str, Tensor]] = {}
        self._lock = threading.Lock()

    def of(self, classroom: str) -> Mapping[str, Tensor]:
        """Those of now, as a mapping that stays as it is."""
        with self._lock:
            return dict(self._used(classroom))

    def note(self, classroom: str, digests: tuple[str, ...], values: Tensor) -> None:
        """`values` float [N, 1664] are the features of the photos with these hashes."""
        with self._lock:
            known = self._used(classroom)
            for digest, value in zip(digests, values.half(), strict=True):
                known.pop(digest, None)
                known[digest] = value.clone()
            for oldest in _surplus(known, self._photos):
                del known[oldest]

    def _used(self, classroom: str) -> dict[str, Tensor]:
        known = self._known.pop(classroom, {})
        self._known[classroom] = known
        for oldest in _surplus(self._known, self._classrooms):
            del self._known[oldest]
        return known


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
    """Loads the network once, for one device. While one project's heads are fitted, the next ones' photos are read."""

    def __init__(self, device: str, threads: int) -> None:
        if threads:
            torch.set_num_threads(threads)
        self._threads = torch.get_num_threads()
        self._precision = precision_of(job_device(device))
        self._network = feature_network(bundled_start(), self._precision.device)
        self._shared = SharedFeatures()
        self._readers = ThreadPoolExecutor(min(READERS, self._threads), "photos of a project")
        self._reads: dict[str, Future[_Read]] = {}

    def give(self, request: Request, following: Sequence[Request] = ()) -> None:
        """Make, send and keep the first answer of a project, and read the photos of those that follow meanwhile. Raises
        MaiError for what its training would refuse, too, and TooManyPhotos."""
        threads = max(1, self._threads // min(1 + len(following), READERS))
        _compute_with(threads)
        self._begin_to_read([request, *following], threads)
        read = self._reads.pop(request.id).result()
        plan, photos, features = read.plan, read.photos, read.features
        events.send(read.announcements)
        keep_features(plan.cache, photos.store.digests, features)
        keep_first_answer(plan, photos, read.among, make_first_answer(plan, photos, features, read.among))

    def _begin_to_read(self, wanted: Sequence[Request], threads: int) -> None:
        """What was read for others is given up: their jobs are gone, or come later."""
        known, self._reads = self._reads, {}
        for one in wanted:
            begun = known.pop(one.id) if one.id in known else self._readers.submit(self._read, one, threads)
            self._reads[one.id] = begun
        for given_up in known.values():
            given_up.cancel()

    def _read(self, request: Request, threads: int) -> _Read:
        _compute_with(threads)
        plan = replace(request.read_plan(), started=time.monotonic())
        require_type(plan, KIND)
        among = reads_to_choose(asked_network(plan.project)[0])
        if len(index_photos(plan.project.dataset, plan.project.labels)) > MOST_PHOTOS:
            raise TooManyPhotos(f"more than {MOST_PHOTOS}")
        with events.collected() as announcements:
            photos = read_photos(plan)
        digests, pixels = photos.store.digests, photos.store.pixels
        known = self._shared.of(request.classroom)
        features = find_features(self._network, digests, pixels, plan.cache, self._precision, known)
        self._shared.note(request.classroom, digests, features.values)
        return _Read(plan, among, photos, features, announcements)


def _compute_with(threads: int) -> None:
    """For torch in the calling thread. The first question sets what the process had last, so it comes before."""
    torch.get_num_threads()
    torch.set_num_threads(threads)
