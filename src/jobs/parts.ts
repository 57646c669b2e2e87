import { EventEmitter } from 'node:events';
import { availableParallelism, freemem } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import type { WarmPool } from '../child/warm-pool.ts';
import type { Config } from '../config.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { ProjectStore, ReportDamage } from '../projects/store.ts';
import type { Job } from './domain/job.ts';
import { createJobIds, type JobIds } from './domain/job-id.ts';
import { createLatestUploads, type LatestUploads } from './domain/latest-uploads.ts';
import { createMachineInfo, type MachineInfoKeeper } from './domain/machine-info.ts';
import { planSlots, type Slot, slotsBeside, wholeProcessor } from './domain/slots.ts';
import { listGpus } from './gpus.ts';
import { logIds } from './log-ids.ts';
import { createJobRegistry, type JobRegistry } from './job-registry.ts';
import { type Finalize, createFinalize } from './run/finalize.ts';
import { createJobFiles, type JobFiles } from './run/job-files.ts';
import { EMBEDDED, type JobBackend } from './ports.ts';
import { type JobObserver, observeRecord } from './observe.ts';
import type { Scheduler } from './scheduler.ts';
import { createSlotPool } from './slot-pool.ts';
import { hasLessRoom } from '../files/disk-space.ts';
import { type JobTuning, TUNING } from './tuning.ts';

// Makes the parts that jobs are kept and run by, in an order in which each needs earlier ones alone.

export interface JobServiceOptions {
  readonly config: Config;
  readonly store: ProjectStore;
  readonly bus: EventBus;
  /** What children may inherit from, by an allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: FastifyBaseLogger;
  readonly reportDamage: ReportDamage;
  readonly tuning?: Partial<JobTuning>;
  /** Left out: this process has the projects folder to itself. */
  readonly backend?: JobBackend | undefined;
  /** Sees jobs start and end, for figures. */
  readonly observer?: JobObserver | undefined;
}

/** What happens to jobs, for those who are declared after the part where it happens. */
interface JobHappenings {
  /** A job gets a slot. */
  started: [job: Job];
  /** A job has ended and everybody was notified. */
  ended: [job: Job];
  /** Board and network were compared on more photos: the report of the newest model says more. */
  compared: [job: Job];
  /** Another process has changed something of a project, or a job of it. */
  elsewhere: [ref: ProjectRef, job: Job | undefined];
  /** Photos of a project are about to be deleted, as another process says: no comparison may read them. */
  compareNoMore: [ref: ProjectRef];
  /** The model of this training lies in output/ again. */
  restored: [job: Job];
  /** The disk did not take events of a job. */
  logFailed: [jobId: string, error: Error];
  /** A job came into the queue or left it; whatever could start has started. */
  queue: [];
}

/** What jobs are kept and run by. */
export interface JobParts extends Omit<JobServiceOptions, 'tuning' | 'backend'> {
  readonly tuning: JobTuning;
  readonly backend: JobBackend;
  readonly happenings: EventEmitter<JobHappenings>;
  readonly ids: JobIds;
  readonly files: JobFiles;
  readonly latest: LatestUploads;
  readonly machine: MachineInfoKeeper;
  readonly pool: WarmPool;
  readonly registry: JobRegistry;
  readonly finalize: Finalize;
  readonly scheduler: Scheduler;
  /** Where the process of first answers runs. */
  readonly slotOfAnswers: Slot;
  /** A fault of the server itself, for the people who run it. */
  report(error: unknown, job: Job): void;
  /** What happens to a job, in the log of the server. */
  note(job: Job, message: string, fields?: object): void;
}

/** Each part refers to earlier ones alone; what later ones must know of goes through `happenings`. */
export function createJobParts(options: JobServiceOptions): JobParts {
  const { config, store, bus, environment, log, backend = EMBEDDED } = options;
  const tuning: JobTuning = { ...TUNING, ...options.tuning };
  const report = (error: unknown, job: Job) =>
    log.error({ err: error, ...logIds(job) }, 'a job met a fault of the server');
  const note: JobParts['note'] = (job, message, fields) => log.info({ ...logIds(job), ...fields }, message);
  const happenings = new EventEmitter<JobHappenings>();
  const sinceS = Date.now() / 1000;
  const cores = availableParallelism();
  const slots = planSlots(config.device, config.slots, { gpus: listGpus(environment), cores });
  const beside = slotsBeside(slots, cores);
  const slotOfAnswers = wholeProcessor(slots, cores);
  const ids = createJobIds();
  const latest = createLatestUploads();
  const machine = createMachineInfo();
  const pool = createSlotPool(options, tuning, [...slots, ...beside], machine);
  const files = backend.records(createJobFiles(store));
  const onLogError = (jobId: string, error: Error) => void happenings.emit('logFailed', jobId, error);
  const registry = createJobRegistry({
    ...{ store, files, bus, onLogError, isShared: backend.isShared },
    onRemoved: (job) => backend.noteRemoved(job),
    onFollowed: (jobId, address) => backend.noteFollowed(jobId, address),
  });
  const { ownership } = backend;
  const finalize = createFinalize({ registry, bus, store, report, ownership });
  const recovery = { store, files, registry, bus, ids, finalize, maxAttempts: tuning.maxAttempts };
  const schedulerOptions = {
    slots,
    slotsBeside: beside,
    registry,
    pool,
    finalize,
    slices: tuning.slices,
    hasMemory: () => freemem() >= tuning.warmMinFreeBytes,
    hasRoom: async () => !(await hasLessRoom(config.projectsDir, tuning.yieldMinFreeBytes)),
    run: {
      ...{ config, store, bus, ownership, isShared: backend.isShared, pool, tuning },
      ...{ save: registry.save, jobOf: registry.get, report, note },
    },
    onQueue: () => void happenings.emit('queue'),
    onStart: (job: Job) => void happenings.emit('started', job),
    onEnded: (job: Job) => void happenings.emit('ended', job),
  };
  const scheduler = backend.scheduler(schedulerOptions, {
    ...{ bus, files, registry, latest, machine },
    recovery: { ...recovery, reportDamage: options.reportDamage },
    onCompareNoMore: (ref) => void happenings.emit('compareNoMore', ref),
    onRecord: (job, before) => options.observer && observeRecord(options.observer, job, before, sinceS),
    onElsewhere: (ref, job) => void happenings.emit('elsewhere', ref, job),
  });
  const made = { ids, latest, machine, pool, files, registry, finalize, scheduler, slotOfAnswers };
  return { ...options, ...made, backend, tuning, happenings, report, note };
}
