import { serverStopping } from '../errors.ts';
import { readOrigin } from '../projects/origin.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { isEarly, isOpen, type Job, type JobReason } from './domain/job.ts';
import { reasonOf } from './domain/reasons.ts';
import type { JobRegistry } from './job-registry.ts';
import type { ProjectTurns } from './project-turns.ts';
import type { Scheduler } from './scheduler.ts';

// Cancels the jobs of a project.

export interface CancelOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly registry: Pick<JobRegistry, 'ofProject' | 'openOf'>;
  readonly scheduler: Pick<Scheduler, 'isRunning' | 'unqueue' | 'stop' | 'startNext'>;
  readonly turns: Pick<ProjectTurns, 'stopping'>;
  /** End a job that is no longer in the queue. */
  endWaiting(job: Job, why: JobReason): Promise<void>;
}

/** End what runs or waits for a project. False: nothing was there. The caller keeps others from changing its jobs meanwhile. */
export async function cancelJobs(options: CancelOptions, ref: ProjectRef): Promise<boolean> {
  const { store, registry, scheduler, turns, endWaiting } = options;
  const origin = await readOrigin(store.paths(ref).output).catch(() => undefined);
  // Newest first: a training that waits must not start because the conversion before it has ended. But a training must not
  // put its model in place because the conversion of its model so far, for which it waited, has ended.
  const open = registry.ofProject(ref).filter((job) => isOpen(job) || scheduler.isRunning(job.id));
  const jobs = [...open.filter((job) => !isEarly(job)), ...open.filter(isEarly)];
  for (const job of jobs) {
    const cancelled = reasonOf('cancelled', origin?.jobId === job.id ? { so_far: true } : {});
    if (await scheduler.unqueue(job.id)) await endWaiting(job, cancelled);
    else await scheduler.stop(job.id, { cancelled });
    // Interrupted by the stop of the server first: it goes on at the next start, so nobody may believe it cancelled.
    if (turns.stopping && registry.openOf(ref).some(({ id }) => id === job.id)) throw serverStopping();
  }
  scheduler.startNext();
  return jobs.length > 0;
}
