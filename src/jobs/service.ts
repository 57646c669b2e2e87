import { availableParallelism, freemem } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import { childCommand } from '../child/command.ts';
import { createWarmPool } from '../child/warm-pool.ts';
import type { Config } from '../config.ts';
import { jobNotFound, serverStopping } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import { KeyedMutex } from '../mutex.ts';
import { refKey, type ProjectRef } from '../projects/project.ts';
import type { ProjectStore, ReportDamage } from '../projects/store.ts';
import { createAgreementChecks } from './agreement-checks.ts';
import { agreementFolders, isComparedLater, startAgreementChild } from './run/agreement-child.ts';
import { createConclude } from './run/conclude.ts';
import { isOpen, type Job } from './domain/job.ts';
import { createJobBook } from './job-book.ts';
import { createJobFiles } from './run/job-files.ts';
import { createJobIds } from './domain/job-id.ts';
import type { JobService } from './job-service.ts';
import { createLatestUploads } from './domain/latest-uploads.ts';
import { createMachineInfo } from './domain/machine-info.ts';
import { newestJob } from './newest-job.ts';
import { cancelledEnding } from './domain/outcome.ts';
import { reasonOf } from './domain/reasons.ts';
import { recoverProject } from './recovery.ts';
import { sweepJobs } from './retention.ts';
import { createScheduler } from './scheduler.ts';
import { planSlots } from './domain/slots.ts';
import { listGpus } from './gpus.ts';
import { stageOnDisk } from './stage.ts';
import { createSubmissions } from './submissions.ts';
import { TUNING, type JobTuning } from './tuning.ts';
import { createWaiters } from './waiters.ts';
import { createWaitingLimit } from './domain/waiting-limit.ts';

export interface JobServiceOptions {
  readonly config: Config;
  readonly store: ProjectStore;
  readonly bus: EventBus;
  /** What children may inherit from, by an allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: FastifyBaseLogger;
  readonly reportDamage: ReportDamage;
  readonly tuning?: Partial<JobTuning>;
}

export function createJobService(options: JobServiceOptions): JobService {
  const { config, store, bus, environment, log, reportDamage } = options;
  const tuning: JobTuning = { ...TUNING, ...options.tuning };
  const slots = planSlots(config.device, config.slots, { gpus: listGpus(environment), cores: availableParallelism() });
  const ids = createJobIds();
  const files = createJobFiles(store);
  const machine = createMachineInfo();
  const latest = createLatestUploads();
  const waiters = createWaiters();
  const mutex = new KeyedMutex();
  let closing = false;

  const report = (error: unknown, job: Job) =>
    log.error({ err: error, job: job.id, project: job.ref.id }, 'a job met a fault of the server');
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
      void scheduler.stop(jobId, { failed: reasonOf('disk_full') });
    },
  });
  const conclude = createConclude({ book, bus, store, report });
  const scheduler = createScheduler({
    slots,
    book,
    pool,
    conclude,
    run: { config, store, bus, pool, tuning, save: book.save, report },
    onStart: ({ ref }) => checks.giveWay(ref),
    onEnded(job) {
      log.info({ job: job.id, project: job.ref.id, state: job.state, code: job.reason?.code }, 'job ended');
      waiters.tell(job);
      // Where a training of the project comes next, a reload would lead to that.
      if (job.kind === 'convert' && job.state === 'completed' && book.openOf(job.ref).length === 0)
        bus.tellFollowers(job.id, { event: 'notice', ...reasonOf('model_ready_reload') });
      if (job.kind === 'convert' && job.state === 'completed' && isComparedLater(job)) checks.add(job);
      else checks.resume();
      sweep(job.ref);
    },
  });

  const checks = createAgreementChecks({
    mayRun: () => scheduler.isIdle() && freemem() >= tuning.agreementMinFreeBytes,
    start: (job) => startAgreementChild({ config, environment }, agreementFolders(store, job)),
    tell: ({ ref }, agreement) =>
      bus.notifyProject(
        { workspace: ref.workspace, projectId: ref.id, addresses: audienceOf(ref) },
        { event: 'notice', ...reasonOf('agreement_checked', { ...agreement }) },
      ),
    report: (error, job) =>
      log.warn({ err: error, job: job.id, project: job.ref.id }, 'board and network were not compared on more photos'),
    afterMs: tuning.agreementAfterMs,
    againMs: tuning.agreementAgainMs,
  });

  /** What goes on after the answer; the next server may write in the same folders, so a stop waits for it. */
  const background = new Set<Promise<void>>();
  const inBackground = (work: Promise<void>, ref: ProjectRef, failed: string): void => {
    const done = work
      .catch((error: unknown) => log.error({ err: error, project: ref.id }, failed))
      .finally(() => background.delete(done));
    background.add(done);
  };
  const sweep = (ref: ProjectRef): void =>
    inBackground(
      mutex.run(refKey(ref), () => sweepJobs({ store, book, kept: tuning.keptJobs }, ref)),
      ref,
      'old jobs could not be deleted',
    );

  const audienceOf = (ref: ProjectRef) =>
    new Set([
      ...latest.uploadersOf(ref),
      ...book.ofProject(ref).flatMap(({ id }) => [...(book.audienceOf(id)?.addresses ?? [])]),
    ]);

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
    withinLimit: createWaitingLimit(tuning.maxWaiting, scheduler.queue.waitingOf),
    async supersede(job, why) {
      waiters.tell(await conclude(job, cancelledEnding(why)));
      sweep(job.ref);
    },
  });

  /** Answers once the training is on disk: ending the one that it replaces may take a second. */
  const submitTrain: JobService['submitTrain'] = (client, ref, trainConfig) =>
    new Promise((resolve, reject) => {
      const work = exclusively(ref, async () => {
        const { job, queueUp } = await submissions.train(client, ref, trainConfig);
        // Usually the upload comes first; whoever trains without one asks /ping for this project too.
        latest.note(client, ref);
        resolve(job);
        await queueUp().catch((error: unknown) => report(error, job));
      });
      inBackground(work.catch(reject), ref, 'a training could not be queued');
    });

  const endOpen = async (ref: ProjectRef): Promise<boolean> => {
    const cancelled = reasonOf('cancelled');
    // Newest first: a training that waits must not start because the conversion before it has ended.
    const jobs = book.ofProject(ref).filter((job) => isOpen(job) || scheduler.isRunning(job.id));
    for (const job of jobs) {
      if (scheduler.unqueue(job.id)) {
        waiters.tell(await conclude(job, cancelledEnding(cancelled)));
        sweep(ref);
      } else await scheduler.stop(job.id, { cancelled });
      // Interrupted by the stop of the server first: it goes on at the next start, so nobody may believe it cancelled.
      if (closing && book.openOf(ref).some(({ id }) => id === job.id)) throw serverStopping();
    }
    scheduler.settle();
    return jobs.length > 0;
  };

  return {
    machine,
    submitTrain,
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
      return job?.ref.workspace === workspace ? { job, outlook: scheduler.outlooks()(jobId) } : undefined;
    },
    newestIn: (scope) => newestJob(book, scope),
    list(workspace) {
      const outlookOf = scheduler.outlooks();
      return book.ofWorkspace(workspace).map((job) => ({ job, outlook: outlookOf(job.id) }));
    },
    activeJob: (ref) => book.openOf(ref).find(({ id }) => scheduler.isRunning(id)) ?? book.openOf(ref).at(-1),
    latestOf: (client) => latest.of(client),
    noteUpload: (client, ref) => latest.note(client, ref),

    async stageOf(ref) {
      const open = book.openOf(ref);
      if (open.some(({ kind }) => kind === 'convert')) return 4;
      if (open.length > 0) return open.some(({ id }) => scheduler.progressOf(id)?.training) ? 2 : 1;
      return stageOnDisk(store.paths(ref));
    },

    audienceOf,

    forget: (ref, remove) =>
      mutex.run(refKey(ref), async () => {
        await Promise.all([endOpen(ref), checks.drop(ref)]);
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
          await recoverProject(
            { store, files, book, bus, ids, scheduler, conclude, maxAttempts: tuning.maxAttempts, reportDamage },
            ref,
          );
        }
      }
    },

    start: () => scheduler.start(),

    async close() {
      closing = true;
      waiters.close();
      await Promise.all([scheduler.close(), pool.close(), checks.close()]);
      await Promise.all(background);
    },
  };
}
