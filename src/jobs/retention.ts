import { rm } from 'node:fs/promises';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { removeTree } from '../projects/tree.ts';
import { isOpen, type Job } from './job.ts';
import type { JobBook } from './job-book.ts';
import { readOrigin } from './origin.ts';

export interface RetentionPlan {
  /** Jobs of which nothing stays. */
  readonly forget: readonly Job[];
  /** Jobs of which the logs stay, and the photos if they belong to the model in output/. */
  readonly strip: readonly { readonly job: Job; readonly input: boolean }[];
}

/** `jobs` newest first; `originId` is the training whose model lies in output/. */
export function planRetention(jobs: readonly Job[], originId: string | undefined, kept: number): RetentionPlan {
  const needed = new Set([originId, ...jobs.filter(isOpen).map((job) => job.inputOf)]);
  const ended = jobs.filter((job) => !isOpen(job));
  const forget = ended.slice(kept).filter((job) => !needed.has(job.id));
  const strip = ended.filter((job) => !forget.includes(job)).map((job) => ({ job, input: !needed.has(job.id) }));
  return { forget, strip };
}

export interface RetentionOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly book: JobBook;
  readonly kept: number;
}

/** Delete what ended jobs of a project no longer need. */
export async function sweepJobs({ store, book, kept }: RetentionOptions, ref: ProjectRef): Promise<void> {
  const paths = store.paths(ref);
  const origin = await readOrigin(paths.output);
  const plan = planRetention(book.ofProject(ref), origin?.jobId, kept);
  for (const { job, input } of plan.strip) {
    const own = paths.jobPaths(job.id);
    for (const folder of [own.checkpoints, own.instant, own.output]) await removeTree(folder);
    if (input) await removeTree(own.input);
    await rm(`${own.job}.part`, { force: true });
  }
  for (const job of plan.forget) {
    book.remove(job.id);
    await removeTree(paths.jobPaths(job.id).root);
  }
}
