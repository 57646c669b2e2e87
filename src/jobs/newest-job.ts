import { isInScope } from '../events/stream/scope.ts';
import type { Scope } from '../events/stream/scope.ts';
import type { NewestJob } from '../events/stream/fresh-start.ts';
import { isBeside, type Job } from './domain/job.ts';
import type { JobRegistry } from './job-registry.ts';

/** The newest job of what an event stream follows, as the stream needs to know it. */
export function newestJob(
  registry: Pick<JobRegistry, 'all' | 'get' | 'audienceOf' | 'openOf'>,
  scope: Scope,
): NewestJob | undefined {
  let newest: Job | undefined;
  for (const job of registry.all()) {
    if (isBeside(registry.get, job) || (newest !== undefined && job.id < newest.id)) continue;
    const audience = registry.audienceOf(job.id);
    if (audience && isInScope(scope, audience)) newest = job;
  }
  if (!newest) return undefined;
  const { id, kind, ref, state, reason, finishedAt } = newest;
  const failure = state === 'failed' && reason && finishedAt !== undefined ? { reason, at: finishedAt } : undefined;
  const waitsForConversion =
    kind === 'train' && state === 'waiting' && registry.openOf(ref).some((job) => job.kind === 'convert');
  return { jobId: id, kind, waitsForConversion, ...(failure ? { failure } : {}) };
}
