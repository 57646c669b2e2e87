"""Find readable photos with a problem: black ones, and the same photo under two labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from mai import events
from mai.data.findings import names_of
from mai.data.store import PhotoStore
from mai.data.voice_silence import judge_silence
from mai.errors import MaiError

DARK = 16  # of 255; if no pixel is brighter, people see nothing either


def is_black(pixels: np.ndarray) -> bool:
    """uint8 pixels of one photo, black because the camera was covered or not ready."""
    return int(pixels.max()) < DARK


def without_black(store: PhotoStore) -> PhotoStore:
    """Leave out black photos and name them. One label of only black photos may mean darkness and stays, with a notice.

    Raises MaiError `photos_all_black` if two labels have only black photos.
    """
    black = [is_black(photo.numpy()) for photo in store.pixels]
    if not any(black):
        return store
    labels = store.labels.tolist()
    found = judge_silence(labels, black, [False] * len(labels))
    names = _names(store, sorted(found.left_out))
    if found.is_hopeless:
        raise MaiError(
            "photos_all_black",
            count=len(found.left_out),
            labels=len(found.wordless),
            names=names,
        )
    if found.left_out:
        events.notice("photos_black", count=len(found.left_out), names=names)
    for label in found.wordless:
        rows = [row for row, of_photo in enumerate(labels) if of_photo == label]
        events.notice("label_black", count=len(rows), names=_names(store, rows))
    kept = [row for row in range(len(labels)) if row not in found.left_out]
    return PhotoStore(
        tuple(store.photos[row] for row in kept),
        tuple(store.digests[row] for row in kept),
        store.pixels[torch.tensor(kept)],
        (*store.left_out, *((store.photos[row].name, "photos_black") for row in sorted(found.left_out))),
    )


def notify_in_two_labels(store: PhotoStore) -> None:
    """A notice where one picture lies under two labels, as a copy or saved again without loss."""
    pairs = in_two_labels(store)
    if pairs:
        names = names_of([f"{_short(store, other)} = {_short(store, row)}" for other, row in pairs])
        events.notice("photos_in_two_labels", count=len(pairs), names=names)


def in_two_labels(store: PhotoStore) -> list[tuple[int, int]]:
    """Two rows each, of one picture under two labels; the first row of a picture comes first."""
    first: dict[str, int] = {}
    pairs = []
    for row, content in enumerate(store.contents):
        other = first.setdefault(content, row)
        if store.photos[other].label != store.photos[row].label:
            pairs.append((other, row))
    return pairs


def _names(store: PhotoStore, rows: Sequence[int]) -> str:
    return names_of([_short(store, row) for row in rows])


def _short(store: PhotoStore, row: int) -> str:
    """Label and file, without the folder of all data."""
    return store.photos[row].name.split("/", 1)[1]
