import { convertLine, trainLine, type JobLine, type TrainEntry } from '../../child/command.ts';
import type { Config } from '../../config.ts';
import { sharedCache, type ProjectPaths } from '../../projects/paths.ts';
import type { ProjectType } from '../../projects/project.ts';
import { goesOn, type Job } from '../domain/job.ts';
import type { Slot } from '../domain/slots.ts';

const ENTRIES: Readonly<Record<ProjectType, TrainEntry>> = {
  IMAGE_CLASSIFICATION: 'train_image_classification',
  OBJECT_DETECTION: 'train_object_detection',
  VOICE_CLASSIFICATION: 'train_voice_classification',
};

export interface JobFolders {
  /** Of the model to convert; that of the project if it is left out. */
  readonly model?: string;
  /** What is made lies here when it is whole; the job's own if it is left out. */
  readonly output?: string;
}

/** What a child shall do for a job, on a slot. `loggedEpoch`: the newest epoch in the job's log, 0 without any. */
export function jobLine(
  config: Config,
  job: Job,
  paths: ProjectPaths,
  slot: Slot,
  loggedEpoch: number,
  folders: JobFolders = {},
): JobLine {
  const own = paths.jobPaths(job.id, job.fence);
  const where = {
    project: paths.jobPaths(job.inputOf).input,
    output: folders.output ?? own.output,
    cache: paths.cache,
    device: slot.device,
    threads: slot.threads,
  };
  if (job.kind === 'convert')
    return convertLine({
      ...where,
      model: folders.model ?? paths.output,
      sharedCache: sharedCache(config.projectsDir),
      board: job.board,
    });
  // A training goes on from its last checkpoint; the first attempt has none to find.
  const resumeAfterEpoch = goesOn(job) ? loggedEpoch : undefined;
  return trainLine(config, {
    ...where,
    entry: ENTRIES[job.projectType],
    checkpoints: own.checkpoints,
    instant: own.instant,
    resumeAfterEpoch,
    answered: job.answered === true,
  });
}
