import { availableParallelism, freemem } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import { childCommand } from '../child/command.ts';
import { createWarmPool } from '../child/warm-pool.ts';
import type { Config } from '../config.ts';
import { jobNotFound, serverStopping } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { Catalogue } from '../events/messages/catalogue.ts';
import { KeyedMutex } from '../projects/mutex.ts';
import { refKey, type ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { createConclude } from './conclude.ts';
import { isOpen, type Job } from './job.ts';
import { createJobBook } from './job-book.ts';
import { createJobFiles } from './job-files.ts';
import { createJobIds } from './job-id.ts';
import type { JobService } from './job-service.ts';
import { createLatestUploads } from './latest-uploads.ts';
import { createMachineInfo } from './machine-info.ts';
import { cancelledEnding } from './outcome.ts';
import { createReasons } from './reasons.ts';
import { recoverProject } from './recovery.ts';
import { sweepJobs } from './retention.ts';
import { createScheduler } from './scheduler.ts';
import { listGpus, planSlots } from './slots.ts';
import { stageOnDisk } from './stage.ts';
import { createSubmissions } from './submissions.ts';
import { TUNING, type JobTuning } from './tuning.ts';
import { createWaiters } from './waiters.ts';

export interface JobServiceOptions {
  readonly config: Config;
  readonly store: ProjectStore;
  readonly bus: EventBus;
  readonly catalogue: Catalogue;
  /** What children may inherit from, by an allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: FastifyBaseLogger;
  readonly tuning?: Partial<JobTuning>;
}

export function createJobService(options: JobServiceOptions): JobService {
  const { config, store, bus, catalogue, environment, log } = options;
  const tuning: JobTuning = { ...TUNING, ...options.tuning };
  const slots = planSlots(config.device, config.slots, { gpus: listGpus(environment), cores: availableParallelism() });
  const reason = createReasons(catalogue);
  const ids = createJobIds();
  const files = createJobFiles(store);
  const machine = createMachineInfo();
  const latest = createLatestUploads();
  const waiters = createWaiters();
  const mutex = new KeyedMutex();
  let closing = false;

  const report = (error: unknown, job: Job) => log.error({ err: error, job: job.id, project: job.ref.id }, 'a job met a fault of the server');
  const pool = createWarmPool({
    slots: slots.length,
    commandOf: (slot) => childCommand(config, environment, slots[slot] ?? { device: config.device, threads: 1 }),
    idleMs: tuning.warmIdleMs,
    minFreeBytes: tuning.warmMinFreeBytes,
    freeBytes: freemem,
    onReady: (ready) => machine.ready(ready),
    onLost(slot, words) {
      machine.lost();
      log.warn({ slot, words }, 'the waiting child ended; the next job starts another');
    },
  });
  const book = createJobBook({
    store,
    files,
    bus,
    onLogError(jobId, error) {
      const job = book.get(jobId);
      if (job) report(error, job);
      void scheduler.stop(jobId, { failed: reason('disk_full') });
    },
  });
  const conclude = createConclude({ book, bus, store, report });
  const scheduler = createScheduler({
    slots,
    book,
    pool,
    reason,
    conclude,
    run: { config, store, bus, pool, tuning, reason, save: book.save, report },
    onEnded(job) {
      log.info({ job: job.id, project: job.ref.id, state: job.state, code: job.reason?.code }, 'job ended');
      waiters.tell(job);
      sweep(job.ref);
    },
  });

  const sweeps = new Set<Promise<void>>();
  const sweep = (ref: ProjectRef): void => {
    const swept = mutex
      .run(refKey(ref), () => sweepJobs({ store, book, kept: tuning.keptJobs }, ref))
      .catch((error: unknown) => log.error({ err: error, project: ref.id }, 'old jobs could not be deleted'))
      .finally(() => sweeps.delete(swept));
    sweeps.add(swept);
  };

  /** One after the other for a project; nothing new once the server stops. */
  const exclusively = <Value>(ref: ProjectRef, task: () => Promise<Value>) =>
    mutex.run(refKey(ref), async () => {
      if (closing) throw serverStopping();
      return task();
    });

  const submissions = createSubmissions({
    store,
    files,
    book,
    ids,
    scheduler,
    async supersede(job) {
      waiters.tell(await conclude(job, cancelledEnding(reason('superseded'))));
      sweep(job.ref);
    },
    stopForNewer: (job) => scheduler.stop(job.id, { cancelled: reason('superseded') }),
  });

  /** The newest first, so that a training does not begin where the conversion before it ends. */
  const endOpen = async (ref: ProjectRef): Promise<boolean> => {
    const open = book.openOf(ref);
    for (const job of open) await endOne(job);
    return open.length > 0;
  };

  const endOne = async (job: Job): Promise<void> => {
    const cancelled = reason('cancelled');
    if (!scheduler.unqueue(job.id)) {
      await scheduler.stop(job.id, { cancelled });
      // Interrupted by the stop of the server first: it goes on at the next start, so nobody may believe it cancelled.
      if (closing && book.openOf(job.ref).some(({ id }) => id === job.id)) throw serverStopping();
      return;
    }
    waiters.tell(await conclude(job, cancelledEnding(cancelled)));
    scheduler.settle();
    sweep(job.ref);
  };

  return {
    machine,
    submitTrain: (client, ref, trainConfig) => exclusively(ref, () => submissions.train(client, ref, trainConfig)),
    submitConvert: (client, ref) => exclusively(ref, () => submissions.convert(client, ref)),
    cancel: (ref) => mutex.run(refKey(ref), () => endOpen(ref)),

    async whenFinished(jobId, signal) {
      const job = book.get(jobId);
      if (!job) throw jobNotFound(jobId);
      if (!isOpen(job) && !scheduler.isRunning(jobId)) return job;
      return waiters.wait(jobId, signal);
    },

    get(workspace, jobId) {
      const job = book.get(jobId);
      return job?.ref.workspace === workspace ? { job, outlook: scheduler.outlookOf(jobId) } : undefined;
    },
    list: (workspace) => book.ofWorkspace(workspace).map((job) => ({ job, outlook: scheduler.outlookOf(job.id) })),
    activeJob: (ref) => book.openOf(ref).find(({ id }) => scheduler.isRunning(id)) ?? book.openOf(ref).at(-1),
    latestOf: (client) => latest.of(client),
    noteUpload: (client, ref) => latest.note(client, ref),

    async stageOf(ref) {
      const open = book.openOf(ref);
      if (open.some(({ kind }) => kind === 'convert')) return 4;
      const [training] = open;
      if (training) return scheduler.progressOf(training.id)?.training ? 2 : 1;
      return stageOnDisk(store.paths(ref));
    },

    forget: (ref, remove) =>
      mutex.run(refKey(ref), async () => {
        await endOpen(ref);
        for (const job of book.ofProject(ref)) book.remove(job.id);
        latest.forget(ref);
        await remove();
      }),

    async recover() {
      for (const workspace of store.workspaces) {
        const projects = await store.list(workspace);
        // Oldest first, so that the newest upload of an address is the one that stays.
        for (const { ref, uploadedBy } of projects.toReversed()) {
          if (uploadedBy) latest.note({ workspace, address: uploadedBy }, ref);
          await recoverProject({ store, files, book, bus, ids, scheduler, conclude, reason, maxAttempts: tuning.maxAttempts }, ref);
        }
      }
    },

    start: () => scheduler.start(),

    async close() {
      closing = true;
      waiters.close();
      await Promise.all([scheduler.close(), pool.close()]);
      await Promise.all(sweeps); // they delete files that the next server may be writing
    },
  };
}
