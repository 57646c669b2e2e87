import { isOpen, type Job } from './job.ts';

export interface RetentionPlan {
  /** Jobs of which nothing stays. */
  readonly forget: readonly Job[];
  /** Jobs of which the logs stay, the photos if they belong to the model in output/, and a model that is being converted. */
  readonly strip: readonly { readonly job: Job; readonly input: boolean; readonly instant: boolean }[];
}

/** `jobs` newest first; `originId` is the training whose model lies in output/. */
export function planRetention(jobs: readonly Job[], originId: string | undefined, kept: number): RetentionPlan {
  const inUse = new Set(jobs.filter(isOpen).map((job) => job.inputOf));
  const needed = new Set([originId, ...inUse]);
  const ended = jobs.filter((job) => !isOpen(job));
  const forget = ended.slice(kept).filter((job) => !needed.has(job.id));
  const strip = ended
    .filter((job) => !forget.includes(job))
    .map((job) => ({ job, input: !needed.has(job.id), instant: !inUse.has(job.id) }));
  return { forget, strip };
}
