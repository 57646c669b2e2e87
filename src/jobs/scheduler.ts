import { clientKey, groupOf } from '../client.ts';
import { createDurations } from './domain/estimate.ts';
import { hasBegun, type Job } from './domain/job.ts';
import { createMemoryQueue } from './domain/memory-queue.ts';
import { positionsOf } from './domain/positions.ts';
import type { Queue, QueueItem } from './domain/queue.ts';
import type { Outlook } from './job-service.ts';
import { createPositionNotices } from './position-notices.ts';
import type { StopCause } from './run/attempts.ts';
import type { Run } from './run/run.ts';
import { createRunner, type RunnerOptions } from './runner.ts';

export interface SchedulerOptions extends RunnerOptions {
  /** Waiting jobs that must not begin now. */
  readonly heldBack: ReadonlySet<string>;
  /** Whatever could start has started. */
  onQueue(): void;
}

/** Which job runs where and when. */
export interface Scheduler {
  readonly queue: Pick<Queue, 'placeFor' | 'noteStarted' | 'waitingOf' | 'first'>;
  /** Put a waiting job into the queue. It starts if a slot is free. */
  enqueue(job: Job): void;
  /** No job runs or waits. */
  isIdle(): boolean;
  /** Started, though perhaps not yet active on disk. */
  isRunning(jobId: string): boolean;
  /** Take a waiting job out of the queue; false if it is not there (any more). The others are notified by `startNext` or the next `enqueue`. */
  unqueue(jobId: string): boolean;
  /** Start what can start, and notify those whose position has changed. */
  startNext(): void;
  /** Stop a running job; resolves when it has ended in every respect. */
  stop(jobId: string, cause: StopCause): Promise<void>;
  /**
   * Stop a running job for another one: `enqueue` is called when it has ended, before its slot is given away.
   * It is not called where the stop of the server interrupts the job: the next start finds both and ends the older one.
   */
  replace(jobId: string, cause: StopCause, enqueue: () => void): Promise<void>;
  progressOf(jobId: string): Run['progress'] | undefined;
  /** What can be said of jobs now; made once for many of them, since positions are counted from the first. */
  outlooks(): (jobId: string) => Outlook;
  noteDuration(job: Job): void;
  /** From now on jobs are started. */
  start(): void;
  /** Interrupt what runs; it goes on after a restart. */
  close(): Promise<void>;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { registry, pool, slots } = options;
  const queue = createMemoryQueue();
  const durations = createDurations();
  const noteDuration = ({ kind, state, startedAt, finishedAt }: Job) => {
    if (state === 'completed' && startedAt !== undefined && finishedAt !== undefined)
      durations.note(kind, finishedAt - startedAt);
  };
  const runner = createRunner({
    ...options,
    onEnded(job) {
      noteDuration(job);
      options.onEnded(job);
    },
  });
  const positions = () => {
    const waiting = queue.order().map(({ id }) => registry.get(id));
    return positionsOf(
      waiting.filter((job) => job !== undefined),
      runner.running(),
      slots.length,
      durations,
    );
  };
  const notices = createPositionNotices(registry, positions);
  let [started, closed] = [false, false];

  /** A project's jobs run one after the other, oldest first: a training waits for the conversion that was asked for before it. */
  const mayStart = (jobId: string) => {
    const ref = registry.get(jobId)?.ref;
    const isFree = !ref || (!runner.isBusyWith(ref) && registry.openOf(ref).every(({ id }) => id >= jobId));
    return isFree && !options.heldBack.has(jobId);
  };

  const pump = (): void => {
    if (!started || closed) return;
    while (runner.hasFreeSlot) {
      const item = queue.take(mayStart);
      if (!item) break;
      const job = registry.get(item.id);
      if (job) void runner.begin(job)?.then(pump);
    }
    notices.schedule();
    options.onQueue();
  };

  return {
    queue,
    enqueue(job) {
      queue.add(itemOf(job));
      pump();
    },
    isIdle: () => runner.running().length === 0 && queue.order().length === 0,
    isRunning: (jobId) => runner.get(jobId) !== undefined,
    unqueue: (jobId) => queue.remove(jobId),
    startNext: pump,
    stop: runner.stop,
    replace: runner.replace,
    progressOf: (jobId) => runner.get(jobId)?.progress,
    outlooks: () => createOutlooks(queue, positions, runner.get),
    noteDuration,
    start() {
      started = true;
      for (const slot of slots) pool.prepare(slot.index);
      pump();
    },
    async close() {
      closed = true;
      notices.close();
      await runner.close();
    },
  };
}

/** Positions are counted once for all jobs that are asked about, and not at all where none of them waits. */
function createOutlooks(
  queue: Pick<Queue, 'has'>,
  positions: () => ReadonlyMap<string, Outlook>,
  runOf: (jobId: string) => Run | undefined,
): (jobId: string) => Outlook {
  let counted: ReadonlyMap<string, Outlook> | undefined;
  return (jobId) => {
    if (queue.has(jobId)) counted ??= positions();
    return counted?.get(jobId) ?? outlookOfRun(runOf(jobId));
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
