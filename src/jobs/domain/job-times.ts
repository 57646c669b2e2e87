import { createDurations, createResumeCosts, type Durations } from './estimate.ts';
import { hasFirstAnswer, type Job, type JobKind, workedS } from './job.ts';
import type { Progress } from './progress.ts';
import { leavesWhenUsable, sliceOf, type SliceRule } from './turns.ts';

/** How long jobs take here, and what follows for their turns. */
export interface JobTimes {
  readonly durations: Durations<JobKind>;
  /** Seconds of the next turn of this job, or of the one that it has; Infinity: it has no turns. */
  sliceOf(job: Job): number;
  /** Seconds of the turn that a job has; 0: it may leave it at once. */
  sliceNow(running: { readonly job: Job; readonly progress: Progress }): number;
  /** Seconds that a training has trained beyond its slices when it leaves a turn of so many seconds. */
  overAfter(job: Job, trainedS: number): number;
  noteEnded(job: Job): void;
  /** A process went on with a job where it had left its turn: seconds to its first epoch. */
  noteResumed(job: Job, costS: number): void;
}

/** However long the epochs of the turn before were, the next one is worth going on for. */
const SHORTEST_SHARE = 0.5;

export function createJobTimes(rule: SliceRule): JobTimes {
  const durations = createDurations();
  const resumeCosts = createResumeCosts();
  const fullSlice = ({ projectType }: Job) => sliceOf(rule, resumeCosts.of(projectType));
  const overBefore = ({ yielded }: Job) => yielded?.overS ?? 0;
  const sliceOfJob = (job: Job) => {
    if (job.kind !== 'train') return Number.POSITIVE_INFINITY;
    const slice = fullSlice(job);
    return Math.max(SHORTEST_SHARE * slice, slice - overBefore(job));
  };
  return {
    durations,
    sliceOf: sliceOfJob,
    sliceNow({ job, progress }) {
      const isDone =
        !hasFirstAnswer(job) &&
        progress.isNewlyUsable &&
        leavesWhenUsable(resumeCosts.of(job.projectType), progress.ranS() + (progress.remainingS() ?? 0));
      return isDone ? 0 : sliceOfJob(job);
    },
    overAfter(job, trainedS) {
      const slice = fullSlice(job);
      return Math.min(slice, Math.max(-slice, overBefore(job) + trainedS - slice));
    },
    noteEnded(job) {
      const seconds = workedS(job);
      if (job.state === 'completed' && seconds !== undefined) durations.note(job.kind, seconds);
    },
    noteResumed: ({ projectType }, costS) => resumeCosts.note(projectType, costS),
  };
}
