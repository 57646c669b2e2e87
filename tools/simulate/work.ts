import type { Client } from '../../src/client.ts';
import type { Job, JobKind, QueuePlace } from '../../src/jobs/domain/job.ts';
import type { ProjectType } from '../../src/projects/project.ts';

// What is to be simulated: jobs with their durations, and what became of them.

export interface Work {
  /** Sorts by time of creation, as the ids of jobs do. */
  readonly id: string;
  readonly kind: JobKind;
  readonly project: string;
  /** Photos, if it is not said: they have quick first models. */
  readonly projectType?: ProjectType;
  readonly client: Client;
  /** When it is asked for. */
  readonly atS: number;
  /** Of a conversion 1: it has no turns. */
  readonly epochs: number;
  readonly epochS: number;
  /** From the start of its first process to its first epoch, and of a later one. */
  readonly loadS: number;
  readonly resumeS: number;
  /** From its last epoch to its end. */
  readonly endS: number;
  /** The epoch that leaves a model that a pupil can use; undefined: none says so. */
  readonly usableEpoch?: number;
  /** The epoch after which it does not improve any more. */
  readonly bestEpoch?: number;
}

export interface Outcome {
  readonly work: Work;
  /** The starts and ends of its turns, and the seconds of training within. */
  readonly turns: Turn[];
  /** When it had a model that a pupil can use. */
  usableAtS?: number;
  /** As they are in its log: each once, in order. */
  readonly epochs: number[];
  /** When it ended: one time only. */
  readonly endsAtS: number[];
}

export interface Turn {
  readonly fromS: number;
  toS?: number;
  trainedS: number;
  readonly slot: number;
  readonly threads: number;
}

/** What waits, in its order, and the round that a new job of each client would get. */
export interface Order {
  readonly waiting: readonly string[];
  readonly roundOf: ReadonlyMap<string, number>;
}

/** The order before a restart and after it, and what it interrupted. */
export interface Restart {
  readonly before: Order;
  readonly after: Order;
  readonly interrupted: readonly string[];
}

/** The job as it is when it was accepted. */
export function jobOf(
  { id, kind, project, projectType = 'IMAGE_CLASSIFICATION', client, atS }: Work,
  place: QueuePlace,
): Job {
  return {
    id,
    kind,
    state: 'waiting',
    ref: { workspace: client.workspace, id: project },
    projectType,
    board: 'kidbright-mai',
    client,
    owner: client.address,
    inputOf: id,
    place,
    createdAt: atS,
    attempt: 0,
  };
}

export function outcomeIn(outcomes: ReadonlyMap<string, Outcome>, id: string): Outcome {
  const outcome = outcomes.get(id);
  if (!outcome) throw new Error(`job ${id} was never asked for`);
  return outcome;
}
