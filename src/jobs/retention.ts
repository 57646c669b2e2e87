import { rm } from 'node:fs/promises';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { removeTree } from '../files/tree.ts';
import { planRetention } from './domain/retention-plan.ts';
import type { JobRegistry } from './job-registry.ts';
import { readOrigin } from './run/origin.ts';

export interface RetentionOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly registry: JobRegistry;
  readonly kept: number;
}

/** Delete what ended jobs of a project no longer need. */
export async function sweepJobs({ store, registry, kept }: RetentionOptions, ref: ProjectRef): Promise<void> {
  const paths = store.paths(ref);
  const origin = await readOrigin(paths.output);
  const plan = planRetention(registry.ofProject(ref), origin?.jobId, kept);
  for (const { job, input, instant } of plan.strip) {
    const own = paths.jobPaths(job.id);
    for (const folder of [own.checkpoints, own.output, own.converted]) await removeTree(folder);
    if (instant) await removeTree(own.instant);
    if (input) await removeTree(own.input);
    await rm(own.jobDraft, { force: true });
  }
  for (const job of plan.forget) {
    registry.remove(job.id);
    await removeTree(paths.jobPaths(job.id).root);
  }
}
