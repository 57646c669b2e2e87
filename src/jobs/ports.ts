import type { EventBus } from '../events/event-bus.ts';
import type { Exclusion } from '../files/mutex.ts';
import { KeyedMutex } from '../files/mutex.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { Job } from './domain/job.ts';
import type { LatestUploads } from './domain/latest-uploads.ts';
import type { MachineInfo, MachineInfoKeeper } from './domain/machine-info.ts';
import type { JobRegistry } from './job-registry.ts';
import type { RecoveryOptions } from './recovery.ts';
import { ALWAYS_OWNED, type JobOwnership } from './run/ownership.ts';
import type { JobFiles } from './run/job-files.ts';
import { createScheduler, type Scheduler, type SchedulerOptions } from './scheduler.ts';

// The ports behind which jobs are kept: for one process that has the projects folder to itself (below), or for several
// (src/cluster). docs/architecture.md says why these.

/** What a backend is given of the parts of jobs. */
export interface BackendParts {
  readonly bus: EventBus;
  readonly files: JobFiles;
  readonly registry: JobRegistry;
  readonly latest: LatestUploads;
  readonly machine: MachineInfoKeeper;
  readonly recovery: Omit<RecoveryOptions, 'scheduler'>;
  /** Another process has changed something of a project; of a job, if one is given. */
  onElsewhere(ref: ProjectRef, job?: Job): void;
  /** Another process has written a record of a job. `before`: what was known of it. */
  onRecord(job: Job, before: Job | undefined): void;
  /** Photos of a project are about to be deleted: no comparison may read them any more. */
  onCompareNoMore(ref: ProjectRef): void;
}

/** How jobs are queued, kept and owned. */
export interface JobBackend {
  /** Comparisons of board and network after a conversion, in the time that is left. */
  readonly comparesLater: boolean;
  /** One begins; the result is called when it is over. `onLost`: it must end. */
  noteComparison(job: Job, onLost: () => void): () => void;
  /** Resolves when no other process compares anything of the project. */
  endComparisons(ref: ProjectRef): Promise<void>;
  /** Other processes append to the logs of jobs, too. */
  readonly isShared: boolean;
  readonly ownership: JobOwnership;
  /** Changes of one project's jobs, one after the other. */
  exclusion(): Exclusion;
  /** The records of jobs, as they are written and read here. */
  records(files: JobFiles): JobFiles;
  scheduler(options: SchedulerOptions, parts: BackendParts): Scheduler;
  /** What jobs run on. `own`: this computer. */
  machine(own: MachineInfo): MachineInfo;
  /** A project was uploaded, or a job was removed from the disk. */
  noteUpload(client: Job['client'], ref: ProjectRef): void;
  noteRemoved(job: Job): void;
  /** The streams of another address follow a job. */
  noteFollowed(jobId: string, address: string): void;
  /** The parts are made; from here on it takes messages of the others. */
  begin(): Promise<void>;
  /** Take up the jobs of a project at the start. */
  recover(ref: ProjectRef, embedded: () => Promise<void>): Promise<void>;
  /** All projects were taken up. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** One process, which has all of it in memory. */
export const EMBEDDED: JobBackend = {
  comparesLater: true,
  noteComparison: () => () => undefined,
  endComparisons: async () => undefined,
  isShared: false,
  ownership: ALWAYS_OWNED,
  exclusion: () => new KeyedMutex(),
  records: (files) => files,
  scheduler: createScheduler,
  machine: (own) => own,
  noteUpload: () => undefined,
  noteRemoved: () => undefined,
  noteFollowed: () => undefined,
  begin: async () => undefined,
  recover: (_ref, embedded) => embedded(),
  ready: async () => undefined,
  close: async () => undefined,
};
