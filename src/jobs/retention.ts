import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectRef } from '../projects/project.ts';
import type { JobPaths } from '../projects/paths.ts';
import type { ProjectStore } from '../projects/store.ts';
import { isFile, isFolder, removeTree } from '../files/tree.ts';
import { type KeptRules, planRetention } from './domain/retention-plan.ts';
import type { JobRegistry } from './job-registry.ts';
import type { JobParts } from './parts.ts';
import { hasLessRoom } from '../files/disk-space.ts';
import { readOrigin } from '../projects/origin.ts';

// Deletes what ended jobs of a project no longer need.

export interface RetentionOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly registry: JobRegistry;
  readonly kept: KeptRules;
  /** Whether the disk has room for earlier models. */
  hasRoom(): Promise<boolean>;
}

export function retentionOf({ config, store, registry, tuning }: JobParts): RetentionOptions {
  return {
    ...{ store, registry },
    kept: { jobs: tuning.keptJobs, models: tuning.keptModels },
    hasRoom: async () => !(await hasLessRoom(config.projectsDir, tuning.modelMinFreeBytes)),
  };
}

/** Delete what ended jobs of a project no longer need. */
export async function sweepJobs({ store, registry, kept, hasRoom }: RetentionOptions, ref: ProjectRef): Promise<void> {
  const paths = store.paths(ref);
  const origin = await readOrigin(paths.output);
  const jobs = registry.ofProject(ref);
  const withModel = await lastInUseFirst(jobs.map(({ id }) => ({ id, model: paths.jobPaths(id).model })));
  const models = withModel.length > 0 && (await hasRoom()) ? kept.models : 0;
  const plan = planRetention(jobs, origin?.jobId, withModel, { ...kept, models });
  for (const { job, input, instant, model } of plan.strip) {
    const own = paths.jobPaths(job.id);
    if (model && withModel.includes(job.id)) await dropModel(own);
    for (const folder of [own.checkpoints, own.output, own.converted, ...(await attemptsIn(own.root))])
      await removeTree(folder);
    if (instant) await removeTree(own.instant);
    if (input) await removeTree(own.input);
    await rm(own.jobDraft, { force: true });
  }
  for (const job of plan.forget) {
    registry.remove(job.id);
    await removeTree(paths.jobPaths(job.id).root);
  }
}

/** What processes made that had the job one after the other (JobPaths.output). */
async function attemptsIn(root: string): Promise<string[]> {
  const names = await readdir(root).catch((): string[] => []);
  return names.filter((name) => /^(output|converted)-\d+$/.test(name)).map((name) => join(root, name));
}

/** The ids of those whose model is there. What a pupil returned to and left again was in use later than newer ones. */
async function lastInUseFirst(kept: readonly { readonly id: string; readonly model: string }[]): Promise<string[]> {
  const found: { readonly id: string; readonly usedUntil: number }[] = [];
  for (const { id, model } of kept)
    if (await isFolder(model)) found.push({ id, usedUntil: (await stat(model)).mtimeMs });
  return found.sort((a, b) => b.usedUntil - a.usedUntil).map(({ id }) => id);
}

/** Delete a kept model but for its report: what the model could do is still worth knowing. */
async function dropModel({ model, report }: JobPaths): Promise<void> {
  if (await isFile(join(model, 'report.json'))) await rename(join(model, 'report.json'), report);
  await removeTree(model);
}
