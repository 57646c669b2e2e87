import type { EventBus } from '../events/event-bus.ts';
import type { JobLog } from '../events/log/job-log.ts';
import type { LogOwner } from '../events/log/stored-event.ts';
import { refKey, type ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { isOpen, type Job } from './domain/job.ts';
import type { JobFiles } from './run/job-files.ts';

/** All jobs of the server, as they are on disk, with their logs. */
export interface JobRegistry {
  /** Take in a job that is on disk, and open its log. */
  enter(job: Job): JobLog;
  /** Write a new state; it counts once it is on disk. */
  save(job: Job): Promise<void>;
  /** A state that the disk did not take: true in memory, and the best guess after a restart is the one before. */
  keepInMemory(job: Job): void;
  remove(jobId: string): void;
  /** What another process has removed. */
  forget(jobId: string): void;
  get(jobId: string): Job | undefined;
  /** Whose streams follow a job. */
  audienceOf(jobId: string): LogOwner | undefined;
  /** From now on the streams of this address follow the job too. `isNews`: other processes do not know it yet. */
  follow(jobId: string, address: string, isNews?: boolean): void;
  log(jobId: string): JobLog;
  /** In no order. */
  all(): Iterable<Job>;
  /** Newest first. */
  ofWorkspace(workspace: string): Job[];
  ofProject(ref: ProjectRef): Job[];
  /** What waits or runs for a project, newest first; the oldest is done first. */
  openOf(ref: ProjectRef): Job[];
}

export interface JobRegistryOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly files: JobFiles;
  readonly bus: EventBus;
  /** The disk did not take events of a job. */
  onLogError(jobId: string, error: Error): void;
  /** Other processes append to the logs, too. */
  readonly isShared?: boolean;
  onRemoved?(job: Job): void;
  onFollowed?(jobId: string, address: string): void;
}

export function createJobRegistry(options: JobRegistryOptions): JobRegistry {
  const { files, bus, onRemoved, onFollowed } = options;
  const jobs = new Map<string, Job>();
  const logs = new Map<string, JobLog>();
  const audiences = new Map<string, WatchedOwner>();
  const byProject = new Map<string, Set<string>>();

  const keep = (job: Job) => {
    jobs.set(job.id, job);
    const ids = byProject.get(refKey(job.ref)) ?? new Set();
    byProject.set(refKey(job.ref), ids.add(job.id));
  };
  const ofProject = (ref: ProjectRef) =>
    [...(byProject.get(refKey(ref)) ?? [])]
      .map((id) => jobs.get(id))
      .filter((job) => job !== undefined)
      .sort(newestFirst);

  const forget = (jobId: string) => {
    const job = jobs.get(jobId);
    if (!job) return undefined;
    jobs.delete(jobId);
    logs.delete(jobId);
    audiences.delete(jobId);
    bus.unregister(jobId);
    const ids = byProject.get(refKey(job.ref));
    ids?.delete(jobId);
    if (ids?.size === 0) byProject.delete(refKey(job.ref));
    return job;
  };

  return {
    enter(job) {
      const { owner, log } = openLogOf(job, options);
      logs.set(job.id, log);
      audiences.set(job.id, owner);
      // Last: a job whose log cannot be opened (a full disk) must not wait here for ever.
      keep(job);
      return log;
    },
    async save(job) {
      await files.write(job);
      // Its project may have been deleted meanwhile.
      if (jobs.has(job.id)) keep(job);
    },
    keepInMemory(job) {
      if (jobs.has(job.id)) keep(job);
    },
    remove(jobId) {
      const job = forget(jobId);
      if (job) onRemoved?.(job);
    },
    forget: (jobId) => void forget(jobId),
    get: (jobId) => jobs.get(jobId),
    audienceOf: (jobId) => audiences.get(jobId),
    follow(jobId, address, isNews = true) {
      audiences.get(jobId)?.addresses.add(address);
      if (isNews) onFollowed?.(jobId, address);
    },
    log(jobId) {
      const log = logs.get(jobId);
      if (!log) throw new Error(`job ${jobId} has no log`);
      return log;
    },
    all: () => jobs.values(),
    ofWorkspace: (workspace) => [...jobs.values()].filter((job) => job.ref.workspace === workspace).sort(newestFirst),
    ofProject,
    openOf: (ref) => ofProject(ref).filter(isOpen),
  };
}

type WatchedOwner = LogOwner & { readonly addresses: Set<string> };

function openLogOf(
  job: Job,
  { store, bus, isShared = false, onLogError }: JobRegistryOptions,
): { readonly owner: WatchedOwner; readonly log: JobLog } {
  const owner = {
    jobId: job.id,
    workspace: job.ref.workspace,
    projectId: job.ref.id,
    addresses: new Set([job.owner, job.client.address, ...(job.alsoFor ?? [])]),
  };
  const log = bus.register(owner, store.paths(job.ref).jobPaths(job.id).events, {
    finished: !isOpen(job) && job.pendingEvent === undefined,
    isShared,
    firstTime: job.createdAt,
    onError: (error) => onLogError(job.id, error),
    ...(job.finishedAt === undefined ? {} : { lastTime: job.finishedAt }),
  });
  return { owner, log };
}

/** The job of this kind that waits or runs for a project. */
export function openOfKind(registry: Pick<JobRegistry, 'openOf'>, ref: ProjectRef, kind: Job['kind']): Job | undefined {
  return registry.openOf(ref).find((job) => job.kind === kind);
}

function newestFirst(a: Job, b: Job): number {
  return a.id < b.id ? 1 : -1;
}
