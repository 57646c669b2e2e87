import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectRef } from '../projects/project.ts';
import type { JobPaths } from '../projects/paths.ts';
import type { ProjectStore } from '../projects/store.ts';
import { isFile, isFolder, removeTree } from '../files/tree.ts';
import { type KeptRules, planRetention } from './domain/retention-plan.ts';
import type { JobRegistry } from './job-registry.ts';
import { readOrigin } from '../projects/origin.ts';

// Deletes what ended jobs of a project no longer need.

export interface RetentionOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly registry: JobRegistry;
  readonly kept: KeptRules;
  /** Whether the disk has room for earlier models. */
  hasRoom(): Promise<boolean>;
}

/** Delete what ended jobs of a project no longer need. */
export async function sweepJobs({ store, registry, kept, hasRoom }: RetentionOptions, ref: ProjectRef): Promise<void> {
  const paths = store.paths(ref);
  const origin = await readOrigin(paths.output);
  const jobs = registry.ofProject(ref);
  const withModel = new Set<string>();
  for (const { id } of jobs) if (await isFolder(paths.jobPaths(id).model)) withModel.add(id);
  const models = withModel.size > 0 && (await hasRoom()) ? kept.models : 0;
  const plan = planRetention(jobs, origin?.jobId, withModel, { ...kept, models });
  for (const { job, input, instant, model } of plan.strip) {
    const own = paths.jobPaths(job.id);
    if (model && withModel.has(job.id)) await dropModel(own);
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

/** Delete a kept model but for its report: what the model could do is still worth knowing. */
async function dropModel({ model, report }: JobPaths): Promise<void> {
  if (await isFile(join(model, 'report.json'))) await rename(join(model, 'report.json'), report);
  await removeTree(model);
}
