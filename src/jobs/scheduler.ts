import type { WarmPool } from '../child/warm-pool.ts';
import { clientKey, groupOf } from '../http/client.ts';
import { refKey } from '../projects/project.ts';
import type { Conclude } from './run/conclude.ts';
import { createDurations } from './domain/estimate.ts';
import { hasBegun, isResumed, type Job } from './domain/job.ts';
import type { JobBook } from './job-book.ts';
import type { Outlook } from './job-service.ts';
import { createMemoryQueue } from './domain/memory-queue.ts';
import { failedEnding } from './domain/outcome.ts';
import { isWorthTelling, placesOf } from './domain/places.ts';
import type { Queue, QueueItem } from './domain/queue.ts';
import { reasonOf } from './domain/reasons.ts';
import { startRun, type Run, type RunOptions, type StopCause } from './run/run.ts';
import type { Slot } from './domain/slots.ts';
import { activate, stop, type Ending } from './domain/transition.ts';

export interface SchedulerOptions {
  readonly slots: readonly Slot[];
  readonly book: JobBook;
  readonly pool: Pick<WarmPool, 'prepare'>;
  readonly run: RunOptions;
  readonly conclude: Conclude;
  /** A job gets a slot. */
  onStart(job: Job): void;
  /** A job has ended and everybody was told. */
  onEnded(job: Job): void;
}

/** Changes of places within this time are told together. */
const TELL_MS = 100;

/** Which job runs where and when. */
export interface Scheduler {
  readonly queue: Pick<Queue, 'placeFor' | 'noteStarted' | 'waitingOf'>;
  /** Put a waiting job into the queue. It starts if a slot is free. */
  enqueue(job: Job): void;
  /** No job runs or waits. */
  isIdle(): boolean;
  /** Started, though perhaps not yet active on disk. */
  isRunning(jobId: string): boolean;
  /** Take a waiting job out of the queue; false if it is not there (any more). The others hear of it by `settle` or the next `enqueue`. */
  unqueue(jobId: string): boolean;
  /** Start what can start, and tell who waits where the place has changed. */
  settle(): void;
  /** Stop a running job; resolves when it has ended in every respect. */
  stop(jobId: string, cause: StopCause): Promise<void>;
  /**
   * Stop a running job for another one: `enqueue` is called when it has ended, before its slot is given away.
   * It is not called where the stop of the server interrupts the job: the next start finds both and ends the older one.
   */
  replace(jobId: string, cause: StopCause, enqueue: () => void): Promise<void>;
  progressOf(jobId: string): Run['progress'] | undefined;
  /** What can be said of jobs now; made once for many of them, since places are counted from the first. */
  outlooks(): (jobId: string) => Outlook;
  noteDuration(job: Job): void;
  /** From now on jobs are started. */
  start(): void;
  /** Interrupt what runs; it goes on after a restart. */
  close(): Promise<void>;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { book, pool, conclude, slots } = options;
  const queue = createMemoryQueue();
  const free = [...slots];
  const runs = new Map<string, { run: Run; since: number; done: Promise<void> }>();
  const successors = new Map<string, () => void>();
  const durations = createDurations();
  let toldPlaces = new Map<string, number>();
  let tellTimer: NodeJS.Timeout | undefined;
  let started = false;
  let closed = false;

  /** A project's jobs run one after the other, oldest first: a training waits for the conversion that was asked for before it. */
  const mayStart = (jobId: string) => {
    const ref = book.get(jobId)?.ref;
    if (!ref) return true;
    if ([...runs.values()].some(({ run }) => refKey(run.job.ref) === refKey(ref))) return false;
    return book.openOf(ref).every(({ id }) => id >= jobId);
  };

  const pump = () => {
    while (started && !closed && free.length > 0) {
      const item = queue.take(mayStart);
      if (!item) break;
      const job = book.get(item.id);
      const slot = job && free.shift();
      if (slot) begin(job, slot);
    }
    if (started && !closed) tellTimer ??= setTimeout(tellPlaces, TELL_MS);
  };

  const begin = (job: Job, slot: Slot) => {
    try {
      run(job, slot);
    } catch (error) {
      options.run.report(error, job);
      free.push(slot);
      void conclude(job, failedEnding(reasonOf('internal'))).then(options.onEnded, (fault: unknown) =>
        options.run.report(fault, job),
      );
    }
  };

  const run = (job: Job, slot: Slot) => {
    options.onStart(job);
    const active = activate(job, Date.now() / 1000);
    const log = book.log(job.id);
    log.keepOpen();
    if (isResumed(active)) log.append({ event: 'notice', ...reasonOf(job.kind === 'train' ? 'resumed' : 'restarted') });
    const started = startRun(options.run, active, slot, log);
    runs.set(job.id, { run: started, since: Date.now(), done: follow(started) });
  };

  /** Whatever goes wrong at the end of a job, its slot is free afterwards. */
  const follow = async (run: Run) => {
    try {
      const ending = await run.ended;
      if (ending === 'interrupted') await options.run.save(stop(run.job));
      else await finish(run, ending);
    } catch (error) {
      options.run.report(error, run.job);
    }
    successors.delete(run.job.id);
    runs.delete(run.job.id);
    free.push(run.slot);
    free.sort((a, b) => a.index - b.index);
    pump();
  };

  const finish = async (run: Run, ending: Ending) => {
    if (!closed) pool.prepare(run.slot.index);
    const job = await conclude(run.job, ending);
    noteDuration(job);
    options.onEnded(job);
    successors.get(job.id)?.();
  };

  const noteDuration = (job: Job) => {
    if (job.state === 'completed' && job.startedAt !== undefined && job.finishedAt !== undefined)
      durations.note(job.kind, job.finishedAt - job.startedAt);
  };

  const currentPlaces = () => {
    const waiting = queue
      .order()
      .map((item) => book.get(item.id))
      .filter((job) => job !== undefined);
    const running = [...runs.values()].map(({ run, since }) => ({
      kind: run.job.kind,
      ref: run.job.ref,
      ranS: (Date.now() - since) / 1000,
      remainingS: run.progress.remainingS(),
    }));
    return placesOf(waiting, running, slots.length, durations);
  };

  /** Who waits hears when the place changes. Changes that come together are told together: a class that presses Train at once would else be told of every one. */
  const tellPlaces = () => {
    tellTimer = undefined;
    const before = toldPlaces;
    toldPlaces = new Map();
    for (const [id, { place, etaS }] of currentPlaces()) {
      const told = before.get(id);
      const isNews = isWorthTelling(told, place);
      toldPlaces.set(id, isNews ? place : (told ?? place));
      if (isNews)
        book
          .log(id)
          .append({ event: 'notice', ...reasonOf('queue_place', { place, ...(etaS > 0 ? { eta_s: etaS } : {}) }) });
    }
  };

  return {
    queue,
    enqueue(job) {
      queue.add(itemOf(job));
      pump();
    },
    isIdle: () => runs.size === 0 && queue.order().length === 0,
    isRunning: (jobId) => runs.has(jobId),
    unqueue: (jobId) => queue.remove(jobId),
    settle: pump,
    async stop(jobId, cause) {
      const entry = runs.get(jobId);
      await entry?.run.stop(cause);
      await entry?.done;
    },
    async replace(jobId, cause, enqueue) {
      const entry = runs.get(jobId);
      if (!entry) return enqueue();
      successors.set(jobId, enqueue);
      await entry.run.stop(cause);
      await entry.done;
    },
    progressOf: (jobId) => runs.get(jobId)?.run.progress,
    outlooks() {
      let places: ReturnType<typeof currentPlaces> | undefined;
      return (jobId) => {
        if (queue.has(jobId)) places ??= currentPlaces();
        return places?.get(jobId) ?? outlookOfRun(runs.get(jobId)?.run);
      };
    },
    noteDuration,
    start() {
      started = true;
      for (const slot of slots) pool.prepare(slot.index);
      pump();
    },
    async close() {
      closed = true;
      clearTimeout(tellTimer);
      await Promise.all(
        [...runs.values()].map(async ({ run, done }) => {
          await run.stop('interrupted');
          await done;
        }),
      );
    },
  };
}

function outlookOfRun(run: Run | undefined): Outlook {
  const { epoch, maxEpoch } = run?.progress ?? {};
  const etaS = run?.progress.remainingS();
  return {
    ...(epoch === undefined ? {} : { epoch }),
    ...(maxEpoch === undefined ? {} : { maxEpoch }),
    ...(etaS === undefined ? {} : { etaS: Math.round(etaS) }),
  };
}

function itemOf(job: Job): QueueItem {
  return {
    id: job.id,
    clientKey: clientKey(job.client),
    group: groupOf(job.client),
    place: job.place,
    begun: hasBegun(job),
  };
}
