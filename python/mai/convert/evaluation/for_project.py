"""Make the evaluation for a job's kind of project."""

from __future__ import annotations

from mai.convert.evaluation.clips import clip_evaluation
from mai.convert.evaluation.detection import DetectionEvaluation
from mai.convert.evaluation.photos import photo_evaluation
from mai.convert.evaluation.samples import Evaluation
from mai.convert.job import Job
from mai.data.voc import index_voc
from mai.models.detectors import detector_of


def evaluation_for(job: Job) -> Evaluation:
    """The evaluation, made from the model's own labels and the job's project folder."""
    trained, path = job.trained, job.project.path
    if trained.project_type == "VOICE_CLASSIFICATION":
        return clip_evaluation(path, trained.labels, job.shape[-1])
    if trained.project_type == "IMAGE_CLASSIFICATION":
        return photo_evaluation(path, trained.labels, job.scratch)
    config = trained.train_config
    detector = detector_of(trained.name)
    # the training has already sent the notices
    photos = index_voc(job.project.dataset, trained.labels, notify=False, seen_as=detector.seen_as)
    return DetectionEvaluation(
        photos, trained.labels, detector,
        float(config.get("object_threshold", 0.5)), float(config.get("iou_threshold", 0.5)), job.scratch,
    )  # fmt: skip
