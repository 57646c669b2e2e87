import { isInScope } from '../events/audience.ts';
import type { Scope } from '../events/event-bus.ts';
import type { NewestJob } from '../events/fresh-start.ts';
import type { Job } from './job.ts';

/** The newest job of what an event stream follows, as the stream needs to know it. */
export function newestJob(jobs: Iterable<Job>, scope: Scope): NewestJob | undefined {
  let newest: Job | undefined;
  for (const job of jobs) {
    const owner = { jobId: job.id, workspace: job.ref.workspace, projectId: job.ref.id, address: job.owner };
    if (isInScope(scope, owner) && (newest === undefined || job.id > newest.id)) newest = job;
  }
  if (!newest) return undefined;
  const { id, kind, state, reason, finishedAt } = newest;
  const failure = state === 'failed' && reason && finishedAt !== undefined ? { reason, at: finishedAt } : undefined;
  return { jobId: id, kind, ...(failure ? { failure } : {}) };
}
