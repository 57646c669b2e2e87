import { modelNotKept, projectBusy } from '../errors.ts';
import { DamagedFile } from '../files/own-json.ts';
import { holdsModelOf, readOrigin } from '../projects/origin.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { AgreementChecks } from './agreement-checks.ts';
import type { JobParts } from './parts.ts';

export interface RestoreOptions extends Pick<JobParts, 'store' | 'registry' | 'happenings'> {
  readonly checks: Pick<AgreementChecks, 'drop'>;
  sweep(ref: ProjectRef): void;
}

/**
 * Put the model of an earlier training in the place of output/, as a whole: its files are those of one run, as they
 * were. The model that was there stays with its own training. The caller keeps others from changing the project's jobs.
 */
export async function restoreModel(
  { store, registry, happenings, checks, sweep }: RestoreOptions,
  ref: ProjectRef,
  jobId: string,
): Promise<void> {
  await store.read(ref);
  const job = registry.ofProject(ref).find(({ id }) => id === jobId);
  const paths = store.paths(ref);
  const origin = await readOrigin(paths.output).catch((error: unknown) => {
    if (!(error instanceof DamagedFile)) throw error;
  });
  if (job !== undefined && origin?.jobId === jobId) return;
  const model = job && paths.jobPaths(job.id).model;
  if (job === undefined || model === undefined || !(await holdsModelOf(model, job.id))) throw modelNotKept(jobId);
  if (registry.openOf(ref).length > 0) throw projectBusy(ref.id);
  // it would write into a report that is no longer there
  await checks.drop(ref);
  await store.commitOutput(ref, model);
  happenings.emit('restored', job);
  sweep(ref);
}
