"""The photos of a training: decoded, and divided into those to learn from and those held back."""

from __future__ import annotations

from dataclasses import dataclass

from mai import events
from mai.data.few_scenes import notify_few_scenes
from mai.data.groups import Groups, group_photos
from mai.data.images import index_photos
from mai.data.photo_checks import notify_in_two_labels, without_black
from mai.data.preprocess import PREPROCESS
from mai.data.split import Split, check_usable, split_samples
from mai.data.store import PhotoStore, load_photos
from mai.train.engine.uneven import notify_uneven
from mai.train.plan.plan import Plan


@dataclass(frozen=True)
class Photos:
    """`split` and `groups` count the rows of `store`."""

    store: PhotoStore
    split: Split
    groups: Groups

    @property
    def names(self) -> list[str]:
        return [photo.name for photo in self.store.photos]

    @property
    def scenes_held_back(self) -> list[int]:
        """The scene of each photo held back, in their order."""
        return self.groups.scenes[list(self.split.validation)].tolist()


def read_photos(plan: Plan) -> Photos:
    """Decode the project's photos and split them; notices say what is odd. Raises MaiError for too few of a label."""
    project, seed, percent = plan.project, plan.seed, plan.project.train.train_split
    found = index_photos(project.dataset, project.labels)
    events.emit("dataset_loading", samples=len(found), labels=list(project.labels))
    # Too few photos of a label are an error before a long decoding, and after it if some cannot be used.
    split_samples([photo.name for photo in found], [photo.label for photo in found], project.labels, percent, seed)
    store = without_black(load_photos(found, PREPROCESS.size, plan.cache))
    names, labels = [photo.name for photo in store.photos], [photo.label for photo in store.photos]
    check_usable(project.labels, [photo.label for photo in found], labels)
    notify_in_two_labels(store)
    notify_uneven(labels, project.labels)
    groups = group_photos(store.pixels, labels, percent, store.contents)
    split = split_samples(names, labels, project.labels, percent, seed, groups.groups.tolist())
    notify_few_scenes(groups, labels, project.labels, split)
    return Photos(store, split, groups)
