import { createDurations, createResumeCosts, type Durations } from './estimate.ts';
import { type Job, type JobKind, workedS } from './job.ts';
import { sliceOf, type SliceRule } from './turns.ts';

/** How long jobs take here, and what follows for their turns. */
export interface JobTimes {
  readonly durations: Durations<JobKind>;
  /** Seconds of a turn of this job; Infinity: it has no turns. */
  sliceOf(job: Job): number;
  noteEnded(job: Job): void;
  /** A process went on with a job where it had left its turn: seconds to its first epoch. */
  noteResumed(job: Job, costS: number): void;
}

export function createJobTimes(rule: SliceRule): JobTimes {
  const durations = createDurations();
  const resumeCosts = createResumeCosts();
  return {
    durations,
    sliceOf: ({ kind, projectType }) =>
      kind === 'train' ? sliceOf(rule, resumeCosts.of(projectType)) : Number.POSITIVE_INFINITY,
    noteEnded(job) {
      const seconds = workedS(job);
      if (job.state === 'completed' && seconds !== undefined) durations.note(job.kind, seconds);
    },
    noteResumed: ({ projectType }, costS) => resumeCosts.note(projectType, costS),
  };
}
