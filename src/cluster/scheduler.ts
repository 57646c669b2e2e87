import { hasBegun, isOpen, type Job } from '../jobs/domain/job.ts';
import type { NewEvent } from '../events/log/stored-event.ts';
import type { Position } from '../jobs/domain/positions.ts';
import type { Load } from '../jobs/job-service.ts';
import { createOutlooks } from '../jobs/outlook.ts';
import { createPositionNotices, type PositionNotices } from '../jobs/position-notices.ts';
import { reused } from '../jobs/pace.ts';
import type { BackendParts } from '../jobs/ports.ts';
import type { Scheduler, SchedulerOptions } from '../jobs/scheduler.ts';
import type { ClusterTimes } from './times.ts';
import type { ClusterAnswers } from './answers.ts';
import type { Entries } from './bull.ts';
import type { Claims } from './claims.ts';
import { createPump } from './pump.ts';
import type { Records } from './records.ts';
import type { Replica } from './replica.ts';
import type { Rounds } from './rounds.ts';
import type { SoFar } from './so-far.ts';
import { someOf } from './some-of.ts';
import { stopAnywhere, unqueue } from './stop-jobs.ts';
import type { ClusterWorker } from './worker.ts';

// The queue and the slots of a cluster, as one process asks for them.

export interface ClusterSchedulerOptions {
  readonly scheduler: SchedulerOptions;
  readonly parts: Pick<BackendParts, 'bus' | 'registry'>;
  readonly entries: Entries;
  readonly rounds: Rounds;
  readonly claims: Claims;
  readonly replica: Replica;
  readonly records: Records;
  readonly times: ClusterTimes;
  /** Undefined: this process takes no jobs. */
  readonly worker: ClusterWorker | undefined;
  /** Undefined: this process gives no first answers. */
  readonly answers: ClusterAnswers | undefined;
  readonly soFar: Pick<SoFar, 'hold' | 'endIfLeft'>;
  /** The slots of all processes, and those beside them. */
  slots(): number;
  slotsBeside(): number;
  sendCancel(jobId: string): void;
  sendQueued(jobId: string): void;
  onError(error: unknown): void;
}

export interface ClusterScheduler extends Scheduler {
  /** What waits or runs has changed. */
  look(): void;
  /** Whoever accepted the job has put it into the queue. */
  noteQueued(jobId: string): void;
  /** The record of a job is this now. */
  noteRecord(job: Job): void;
  /** What waits in Redis to be taken, as far as this process knows, next first. */
  queued(): Iterable<Job>;
  /** Redis has lost what it had: everything is put there again. */
  refill(): Promise<void>;
}

export function createClusterScheduler(options: ClusterSchedulerOptions): ClusterScheduler {
  const { scheduler, parts, rounds, replica, worker, onError } = options;
  const { lanes, progressOf } = replica;
  const { registry } = parts;
  let started = false;
  const positions = () => replica.positions(options.slots(), options.slotsBeside());
  const positionsReused = reused(positions);
  const notices = createNotices(options, positions);
  const pump = createPump(options, () => {
    notices.schedule();
    scheduler.onQueue();
  });
  const look = () => {
    if (started) pump.look();
  };
  const reconcile = createReconcile(options, pump.miss, look);

  return {
    queue: {
      noteStarted: (client, place) => void rounds.noteStarted(client, place).catch(onError),
      waitingOf: (group) => lanes.main.waitingOf(group),
      placeFor: (client, jobId) => rounds.placeFor(client, jobId),
    },
    enqueue(job) {
      // Before anybody can take it: two processes must not append to one log.
      registry.log(job.id).flush();
      pump.queued(job.id);
      options.sendQueued(job.id);
      if (job.early) void rounds.noteLeft(job).catch(onError);
      replica.note(job);
      look();
    },
    answers: options.answers,
    isIdle: () => replica.running().length === 0 && lanes.isEmpty,
    isRunning: (jobId) => worker?.runner.get(jobId) !== undefined || registry.get(jobId)?.state === 'active',
    unqueue: (jobId) => unqueue(options, jobId),
    stop: (jobId, cause) => stopAnywhere(options, jobId, cause),
    replace: (jobId, cause, enqueue) => stopAnywhere(options, jobId, cause).then(enqueue),
    ...{ startNext: look, progressOf },
    outlooks: () => createOutlooks({ lanes, jobOf: registry.get, progressOf, positions: positionsReused }),
    load: () => loadOf(replica, options.slots(), options.slotsBeside() > 0),
    noteDuration: replica.times.noteEnded,
    start() {
      started = true;
      for (const slot of worker?.slots ?? []) scheduler.pool.prepare(slot.index);
      worker?.start();
      look();
      reconcile.start();
    },
    async close() {
      started = false;
      pump.close();
      notices.close();
      reconcile.stop();
      options.answers?.close();
      await worker?.close();
    },
    look,
    ...{ noteQueued: pump.queued, queued: pump.queuedJobs },
    noteRecord(job) {
      if (!isOpen(job)) pump.ended(job.id);
      noteRecord(replica, notices, job);
    },
    async refill() {
      pump.missAll();
      await rounds.rebuild(registry.all());
      look();
    },
  };
}

/** Streams are sent that a training has left its turn, with its place. */
function noteRecord(replica: Replica, notices: Pick<PositionNotices, 'noteYielded'>, job: Job): void {
  const hasLeft = job.state === 'waiting' && job.yielded !== undefined && !hasBegun(job);
  if (hasLeft && replica.progressOf(job.id) !== undefined) notices.noteYielded(job.id);
  replica.note(job);
}

/** Of a job that waits no process has the log, so positions are in none: each process tells its own streams. */
function createNotices(
  { parts: { registry, bus } }: ClusterSchedulerOptions,
  positions: () => ReadonlyMap<string, Position>,
) {
  const log = (jobId: string) => ({ append: (event: NewEvent) => bus.notifyJobHere(jobId, event) });
  return createPositionNotices({ get: registry.get, log }, positions);
}

/** Conversions of models so far take none of these slots, where there are some beside them. */
function loadOf(replica: Replica, slots: number, hasBeside: boolean): Load {
  const waiting = replica.lanes.main.order().length;
  const taken = replica.running().filter(({ early }) => !early || !hasBeside).length;
  return { slots, freeSlots: Math.max(0, slots - taken), waiting };
}

/**
 * Now and then everything that should be in Redis is looked for there: a message, or a process with what it was about to
 * do, may have been lost. A job that runs is missed twice before it is put there, as whoever has it may be ending it.
 */
function createReconcile(
  { parts, entries, replica, times, onError }: ClusterSchedulerOptions,
  miss: (jobId: string) => void,
  look: () => void,
) {
  let missed = new Set<string>();
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;
  const reconcile = async () => {
    const waiting = someOf(
      replica.ready().map(({ id }) => id),
      (looks += 1),
    );
    // conversions of models so far are not in the queue
    const running = replica.running().flatMap(({ id, early }) => (early ? [] : id));
    const known = await entries.known([...waiting, ...running]);
    for (const id of waiting) if (!known.has(id)) miss(id);
    const gone = running.filter((id) => !known.has(id));
    for (const id of gone) {
      const job = missed.has(id) ? parts.registry.get(id) : undefined;
      if (job?.state === 'active') await entries.add(job);
    }
    missed = new Set(gone);
    look();
  };
  return {
    start() {
      timer = setInterval(() => void reconcile().catch(onError), times.reconcileMs);
    },
    stop: () => clearInterval(timer),
  };
}
