import { jobNotFound } from '../errors.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { isBeside, isEarly, isOpen, type Job } from './domain/job.ts';
import type { Progress } from './domain/progress.ts';
import type { LatestUploads } from './domain/latest-uploads.ts';
import type { JobRegistry } from './job-registry.ts';
import type { JobService } from './job-service.ts';
import { newestJob } from './newest-job.ts';
import type { Scheduler } from './scheduler.ts';
import { stageOnDisk } from './stage.ts';
import type { Waiters } from './waiters.ts';

export interface JobViewOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly registry: JobRegistry;
  readonly latest: LatestUploads;
  readonly scheduler: Pick<Scheduler, 'isRunning' | 'progressOf' | 'outlooks' | 'load'>;
  readonly waiters: Pick<Waiters, 'wait'>;
}

export type JobViews = Pick<
  JobService,
  | 'whenFinished'
  | 'get'
  | 'newestIn'
  | 'list'
  | 'newestOf'
  | 'trainingsOf'
  | 'open'
  | 'load'
  | 'trainingOf'
  | 'latestOf'
  | 'stageOf'
  | 'audienceOf'
>;

/** What can be asked about jobs; none of it changes anything. */
export function createJobViews({ store, registry, latest, scheduler, waiters }: JobViewOptions): JobViews {
  return {
    async whenFinished(jobId, signal) {
      const job = registry.get(jobId);
      if (!job) throw jobNotFound(jobId);
      if (!isOpen(job) && !scheduler.isRunning(jobId)) return job;
      return waiters.wait(jobId, signal);
    },
    get(workspace, jobId) {
      const job = registry.get(jobId);
      return job?.ref.workspace === workspace ? { job, outlook: scheduler.outlooks()(jobId) } : undefined;
    },
    newestIn: (scope) => newestJob(registry, scope),
    list(workspace) {
      const outlookOf = scheduler.outlooks();
      return registry.ofWorkspace(workspace).map((job) => ({ job, outlook: outlookOf(job.id) }));
    },
    trainingOf(ref) {
      const trainings = registry.openOf(ref).filter(({ kind }) => kind === 'train');
      return trainings.find(({ id }) => scheduler.isRunning(id)) ?? trainings.at(-1);
    },
    newestOf(refs) {
      const outlookOf = scheduler.outlooks();
      return refs.map((ref) => {
        const jobs = registry.ofProject(ref);
        const open = jobs.find((one) => isOpen(one) && !isBeside(registry.get, one));
        const job = open ?? jobs.find((one) => !isEarly(one)) ?? jobs[0];
        return job && { job, outlook: outlookOf(job.id) };
      });
    },
    trainingsOf: (ref) =>
      registry.ofProject(ref).filter(({ kind, state }) => kind === 'train' && state === 'completed'),
    open: () => [...registry.all()].filter(isOpen),
    load: () => scheduler.load(),
    latestOf: (client) => latest.of(client),
    async stageOf(ref) {
      const open = registry.openOf(ref).filter((job) => !isBeside(registry.get, job));
      if (open.some(({ kind }) => kind === 'convert')) return 4;
      if (open.length > 0) return open.some((job) => isBeyondPreparing(job, scheduler.progressOf(job.id))) ? 2 : 1;
      return stageOnDisk(store.paths(ref));
    },
    audienceOf: (ref) => audienceOfProject(registry, latest, ref),
  };
}

/** The record says so where the events of its process were not seen. */
function isBeyondPreparing({ yielded, finishing }: Job, progress: Progress | undefined): boolean {
  return yielded !== undefined || finishing === true || progress?.training === true;
}

/** Addresses whose streams follow a project: its uploaders, and those that asked for its jobs or joined them. */
export function audienceOfProject(
  registry: Pick<JobRegistry, 'ofProject' | 'audienceOf'>,
  latest: Pick<LatestUploads, 'uploadersOf'>,
  ref: ProjectRef,
): Set<string> {
  const ofJobs = registry.ofProject(ref).flatMap(({ id }) => [...(registry.audienceOf(id)?.addresses ?? [])]);
  return new Set([...latest.uploadersOf(ref), ...ofJobs]);
}
