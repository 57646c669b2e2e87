import { isOpen, type Job } from './job.ts';

// Decides which files of ended jobs are kept; retention.ts deletes the others.

export interface RetentionPlan {
  /** Jobs whose files are all deleted. */
  readonly forget: readonly Job[];
  /** Jobs of which only the logs are kept, with the photos of a model that is kept and a model that is being converted. */
  readonly strip: readonly {
    readonly job: Job;
    readonly input: boolean;
    readonly instant: boolean;
    readonly model: boolean;
  }[];
}

export interface KeptRules {
  /** Jobs whose logs stay. */
  readonly jobs: number;
  /** Earlier models that stay. */
  readonly models: number;
}

/**
 * `jobs` newest first; `originId` is the training whose model lies in output/, `withModel` those whose model is kept, the
 * one that was in use last first.
 */
export function planRetention(
  jobs: readonly Job[],
  originId: string | undefined,
  withModel: readonly string[],
  kept: KeptRules,
): RetentionPlan {
  const inUse = new Set(jobs.filter(isOpen).map((job) => job.inputOf));
  const models = new Set(withModel.slice(0, kept.models));
  const needed = new Set([originId, ...inUse, ...models]);
  const ended = jobs.filter((job) => !isOpen(job));
  const forget = ended.slice(kept.jobs).filter((job) => !needed.has(job.id));
  const strip = ended
    .filter((job) => !forget.includes(job))
    .map((job) => ({ job, input: !needed.has(job.id), instant: !inUse.has(job.id), model: !models.has(job.id) }));
  return { forget, strip };
}
