import type { Client } from '../client.ts';
import type { ProjectRef, TrainConfig } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { IsSetUp } from './domain/checks.ts';
import type { Job, JobReason } from './domain/job.ts';
import type { JobIds } from './domain/job-id.ts';
import type { WaitingLimit } from './domain/waiting-limit.ts';
import type { JobRegistry } from './job-registry.ts';
import type { JobFiles } from './run/job-files.ts';
import type { Scheduler } from './scheduler.ts';
import { submitConversion } from './submit-convert.ts';
import { submitTraining } from './submit-train.ts';

// Accepts new jobs.

/** What accepting a new job needs. */
export interface SubmissionsOptions {
  readonly store: ProjectStore;
  readonly files: JobFiles;
  readonly registry: JobRegistry;
  readonly ids: JobIds;
  readonly scheduler: Scheduler;
  readonly withinLimit: WaitingLimit;
  readonly isSetUp: IsSetUp;
  /** End a waiting job whose place another one takes. */
  supersede(job: Job, why: JobReason): Promise<void>;
}

/** A training that is accepted: it is on disk, so the client may be answered. */
export interface AcceptedTraining {
  readonly job: Job;
  /** Put it into the queue, once the running training that it replaces has ended. Until then nothing else may be done to the project. */
  queueUp(): Promise<void>;
}

/** New jobs by the rules of the queue (docs/queue.md). The caller keeps submissions of one project apart. */
export interface Submissions {
  train(client: Client, ref: ProjectRef, trainConfig: TrainConfig): Promise<AcceptedTraining>;
  /** `board`: the one to convert for, if not the project's. */
  convert(client: Client, ref: ProjectRef, board?: string): Promise<Job>;
}

export function createSubmissions(options: SubmissionsOptions): Submissions {
  return {
    train: (client, ref, trainConfig) => submitTraining(options, client, ref, trainConfig),
    convert: (client, ref, board) => submitConversion(options, client, ref, board),
  };
}
