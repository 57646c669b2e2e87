import type { Static } from 'typebox';
import type { JobSchema } from '../../src/jobs/schemas.ts';
import type { PROJECT_TYPES } from '../../src/projects/project.ts';

/** The schema's list of states is made from an array, which loses their names. */
export type Job = Omit<Static<typeof JobSchema>, 'state'> & { readonly state: JobState };
export type JobState = 'waiting' | 'active' | 'completed' | 'failed' | 'cancelled';
export type ProjectType = (typeof PROJECT_TYPES)[number];

/** One epoch of a training's curve: the figures that the IDE draws, too. */
export interface Point {
  readonly epoch: number;
  readonly [figure: string]: number;
}

export interface LabelCount {
  readonly label: string;
  readonly samples: number | null;
}

export interface BoardResult {
  readonly value: number | null;
  readonly agreement: number | null;
  readonly same: number | null;
  readonly compared: number | null;
  readonly expect_least: number | null;
  readonly expect_most: number | null;
  readonly frames_per_second: number | null;
  readonly frames_at_least: number | null;
  readonly frames_at_most: number | null;
}

export interface Result {
  readonly job_id: string | null;
  readonly finished_at: number | null;
  readonly model: string;
  readonly value: number | null;
  readonly metric: string;
  readonly right: number | null;
  readonly checked: number | null;
  readonly expect_least: number | null;
  readonly expect_most: number | null;
  readonly uneven: boolean | null;
  readonly same_answer: string | null;
  readonly converted: boolean;
  readonly board: BoardResult | null;
}

export type Stuck = 'failed' | 'same_answer' | 'no_samples' | 'waits';
export type CardState = JobState | 'uploaded';

export interface Card {
  readonly id: string;
  readonly name: string;
  readonly type: ProjectType;
  readonly board: string;
  readonly uploaded_at: number;
  readonly address: string;
  readonly labels: readonly LabelCount[];
  readonly samples: number;
  readonly stage: number;
  readonly state: CardState;
  readonly job: Job | null;
  readonly curve: readonly Point[];
  readonly result: Result | null;
  readonly stuck: Stuck | null;
}

export interface ServerState {
  readonly device: string;
  readonly backend: string;
  readonly slots: number;
  readonly free_slots: number;
  readonly waiting: number;
  readonly disk_free: number | null;
  readonly disk_full: boolean;
  /** IDEs that listen to this server now. */
  readonly ide?: { readonly streams: number; readonly addresses: readonly string[] };
}

export type ClassEvent =
  | { readonly event: 'class'; readonly server: ServerState; readonly projects: readonly Card[] }
  | { readonly event: 'project'; readonly project: Card }
  | { readonly event: 'progress'; readonly project_id: string; readonly job: Job; readonly points: readonly Point[] }
  | { readonly event: 'removed'; readonly project_id: string }
  | { readonly event: 'server'; readonly server: ServerState };
