import type { ProcessRecord } from '../../child/process-record.ts';
import type { NewEvent } from '../../events/log/stored-event.ts';
import type { Client } from '../../client.ts';
import type { ProjectRef, ProjectType } from '../../projects/project.ts';

// What a job is: one training or one conversion.

export type JobKind = 'train' | 'convert';
export type JobState = 'waiting' | 'active' | 'completed' | 'failed' | 'cancelled';
export type FinalState = Extract<JobState, 'completed' | 'failed' | 'cancelled'>;

/** Why a job failed or was cancelled, as in an `error` event. */
export interface JobReason {
  readonly code: string;
  readonly msg: string;
  readonly [param: string]: unknown;
}

/** Where a job stands in the queue: rounds in order, within a round by time. */
export interface QueuePlace {
  readonly round: number;
  /** Id of the job that took the place first; a job that supersedes another keeps it. */
  readonly since: string;
  /** For a further turn: within the round it comes after jobs that have not run. */
  readonly again?: true;
}

/** Where a training stands that has left its turn to others. */
export interface Yielded {
  /** The last epoch done. */
  readonly epoch: number;
  readonly maxEpoch: number;
  /** Seconds that it will take once it runs, as it estimated itself. */
  readonly remainingS?: number;
  /**
   * Seconds that it has trained beyond its slices, since turns end with an epoch: its next turn is so much shorter. Below
   * zero: it left a turn early, and its next one is so much longer.
   */
  readonly overS?: number;
  /** An epoch has left a model that a pupil can use. */
  readonly usable?: true;
  /** The round of the turn that it left. */
  readonly round: number;
}

/** One training or conversion. A value: changed by making another one, in transition.ts only. */
export interface Job {
  /** Sorts by time of creation. */
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly ref: ProjectRef;
  readonly projectType: ProjectType;
  readonly board: string;
  /** Who asked: the queue is fair between clients. */
  readonly client: Client;
  /** Address that uploaded the project: its streams follow the job, like those of who asked. */
  readonly owner: string;
  /** Other addresses whose waiting training this one replaced: their streams follow it too. */
  readonly alsoFor?: readonly string[];
  /** The job whose input/ is used: its own for a training, that of the training for a conversion. */
  readonly inputOf: string;
  readonly place: QueuePlace;
  /** Times in seconds since the epoch. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** How often it was started since its last turn, but for starts that a stop of the server in good order interrupted. */
  readonly attempt: number;
  /** Where several processes share the projects: how often one has taken it. Each has its own output folder. */
  readonly fence?: number;
  /** It has left a turn to others, and goes on from there. */
  readonly yielded?: Yielded;
  /** Since when it waits for its next turn, and the seconds it has waited for further turns before. */
  readonly pausedAt?: number;
  readonly pausedS?: number;
  /** Such a stop interrupted it: it goes on where it was. */
  readonly stopped?: true;
  /** It took the place of a training that had begun: like one that was interrupted, it goes before those that never ran. */
  readonly startsNext?: true;
  /** A conversion of the model so far, while the training `inputOf` waits or runs. */
  readonly early?: true;
  /** A training whose own model is about to take the place of `output/`: no conversion of the model so far may begin. */
  readonly finishing?: true;
  /** Its first answer was made and sent while it waited. */
  readonly answered?: true;
  /** It trains with one thread, beside others on the same slot, in all its turns. */
  readonly oneThread?: true;
  readonly process?: ProcessRecord;
  readonly reason?: JobReason;
  /** The event that says how it ended, until it is in the log: a crash in between must not swallow it. */
  readonly pendingEvent?: NewEvent;
}

/** A training that waits for its first turn and can be answered for before: a quick first model of its photos. */
export function wantsFirstAnswer(job: Job): boolean {
  return hasFirstAnswer(job) && job.state === 'waiting' && job.answered !== true && !hasBegun(job) && !job.yielded;
}

/** A training that has a quick first model long before it is trained. */
export function hasFirstAnswer({ kind, projectType }: Pick<Job, 'kind' | 'projectType'>): boolean {
  return kind === 'train' && projectType === 'IMAGE_CLASSIFICATION';
}

/** Waiting or active. */
export function isOpen(job: Job): boolean {
  return job.state === 'waiting' || job.state === 'active';
}

/** A conversion of the model so far: it was asked for while its training waited or ran. */
export function isEarly({ early }: Pick<Job, 'early'>): boolean {
  return early === true;
}

/** A conversion of the model so far whose training waits or runs, or has ended since: that training is what its project does. */
export function isBeside(jobOf: (jobId: string) => Job | undefined, job: Job): boolean {
  const training = isEarly(job) ? jobOf(job.inputOf) : undefined;
  if (training === undefined || isOpen(training)) return training !== undefined;
  return job.finishedAt !== undefined && job.finishedAt < (training.finishedAt ?? 0);
}

/** It ran before, so it goes on, and goes first. `job` waits. */
export function hasBegun({ attempt, stopped, startsNext }: Pick<Job, 'attempt' | 'stopped' | 'startsNext'>): boolean {
  return attempt > 0 || stopped === true || startsNext === true;
}

/** What runs now was interrupted before. */
export function isResumed({ attempt, stopped }: Pick<Job, 'attempt' | 'stopped'>): boolean {
  return attempt > 1 || stopped === true;
}

/** What runs now goes on from a checkpoint: it was interrupted, or it has left a turn to others. */
export function goesOn(job: Pick<Job, 'attempt' | 'stopped' | 'yielded'>): boolean {
  return isResumed(job) || job.yielded !== undefined;
}

/** Seconds that an ended job took, without its waits between turns; undefined if it never ran. */
export function workedS({ startedAt, finishedAt, pausedS = 0 }: Job): number | undefined {
  return startedAt === undefined || finishedAt === undefined ? undefined : finishedAt - startedAt - pausedS;
}
