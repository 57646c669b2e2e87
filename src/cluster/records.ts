import { KeyedMutex } from '../files/mutex.ts';
import type { JobFiles } from '../jobs/run/job-files.ts';
import type { Job } from '../jobs/domain/job.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';

// Keeps what this process knows of jobs like their records on the disk, where the truth is.

export interface RecordsOptions {
  readonly files: JobFiles;
  readonly registry: JobRegistry;
  readonly store: Pick<ProjectStore, 'find'>;
  report(ref: ProjectRef, error: unknown): void;
  /** Jobs that this process writes itself. */
  isOwn(jobId: string): boolean;
  /** `before`: what was known of it. */
  onJob(job: Job, before: Job | undefined): void;
  onGone(jobId: string): void;
}

export interface Records {
  /** Read one job again; undefined: there is none (any more). */
  readJob(ref: ProjectRef, jobId: string): Promise<Job | undefined>;
  /** All jobs of a project that are new or not ended. */
  readProject(ref: ProjectRef): Promise<void>;
  forget(jobId: string): void;
}

export function createRecords(options: RecordsOptions): Records {
  const { files, registry, store, report, isOwn } = options;
  // Two looks at one job must not come back in the wrong order.
  const mutex = new KeyedMutex();

  const forget = (jobId: string) => {
    registry.forget(jobId);
    options.onGone(jobId);
  };

  const readJob = (ref: ProjectRef, jobId: string) =>
    mutex.run(jobId, async () => {
      if (isOwn(jobId)) return registry.get(jobId);
      await store.find(ref);
      const job = await files.read(ref, jobId).catch((error: unknown) => {
        report(ref, error);
        return registry.get(jobId);
      });
      if (job === undefined) {
        forget(jobId);
        return undefined;
      }
      const before = registry.get(jobId);
      if (before === undefined) registry.enter(job);
      else registry.keepInMemory(job);
      options.onJob(job, before);
      return job;
    });

  return {
    readJob,
    async readProject(ref) {
      await store.find(ref);
      const ids = await files.ids(ref).catch((error: unknown) => {
        report(ref, error);
        return undefined;
      });
      if (ids === undefined) return;
      for (const known of registry.ofProject(ref)) if (!ids.includes(known.id)) forget(known.id);
      for (const id of ids) {
        const known = registry.get(id);
        if (known === undefined || known.state === 'waiting' || known.state === 'active' || known.pendingEvent)
          await readJob(ref, id);
      }
    },
    forget,
  };
}
