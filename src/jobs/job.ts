import type { Client } from '../http/client.ts';
import type { ProjectRef } from '../projects/project.ts';

export type JobKind = 'train' | 'convert';
export type JobState = 'waiting' | 'active' | 'completed' | 'failed' | 'cancelled';
export type FinalState = Extract<JobState, 'completed' | 'failed' | 'cancelled'>;

/** Why a job failed or was cancelled, as in an `error` event. */
export interface JobReason {
  readonly code: string;
  readonly msg: string;
  readonly [param: string]: unknown;
}

/** One training or conversion. A value: changed by making another one, in transition.ts only. */
export interface Job {
  /** Sorts by time of creation. */
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly ref: ProjectRef;
  /** Who asked: the queue is fair between clients. */
  readonly client: Client;
  /** Address that uploaded the project: its streams hear of the job. */
  readonly owner: string;
  /** Times in seconds since the epoch. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** How often it was started; above 1 it was interrupted. */
  readonly attempt: number;
  readonly reason?: JobReason;
}
