import type { AnswerQueue } from './domain/answer-queue.ts';
import { isEarly, type Job, type QueuePlace } from './domain/job.ts';
import { createJobTimes, type JobTimes } from './domain/job-times.ts';
import { createLanes, type Lanes } from './domain/lanes.ts';
import { mayStartNow, placeAfterTurn } from './domain/next-turn.ts';
import { positionsOf, runningJob } from './domain/positions.ts';
import type { Queue } from './domain/queue.ts';
import { mostSharing } from './domain/slots.ts';
import { answersOf } from './first-answers/own-queue.ts';
import type { Load, Outlook } from './job-service.ts';
import type { SliceRule } from './domain/turns.ts';
import { createEndJob } from './end-job.ts';
import { createOutlooks } from './outlook.ts';
import { createPositionNotices } from './position-notices.ts';
import type { StopCause } from './run/attempts.ts';
import type { Run } from './run/run.ts';
import { createRunner, type Runner, type RunnerOptions } from './runner.ts';
import { createStartJobs, slotsTaken, type StartJobsOptions } from './start-jobs.ts';
import { createYieldRequests } from './yield-requests.ts';

// Decides which job runs where and when.

export interface SchedulerOptions extends RunnerOptions, StartJobsOptions {
  /** Whatever could start has started. */
  onQueue(): void;
  readonly slices: SliceRule;
  /** Whether the disk has room for the checkpoints of one more training that waits. */
  hasRoom(): Promise<boolean>;
}

/** Gives a new job of a client its place. */
export interface PlaceGiver {
  placeFor(clientKey: string, id: string): QueuePlace | Promise<QueuePlace>;
}

export interface Scheduler {
  readonly queue: Pick<Queue, 'noteStarted' | 'waitingOf'> & PlaceGiver;
  /** Undefined: this process gives no first answers. */
  readonly answers: AnswerQueue | undefined;
  /** Put a waiting job into the queue. It starts if a slot is free. */
  enqueue(job: Job): void;
  /** No job runs or waits. */
  isIdle(): boolean;
  /** Started, though perhaps not yet active on disk. */
  isRunning(jobId: string): boolean;
  /** Take a waiting job out of the queue; false if it is not there (any more). The others are notified by `startNext` or the next `enqueue`. */
  unqueue(jobId: string): boolean | Promise<boolean>;
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
  load(): Load;
  noteDuration(job: Job): void;
  /** From now on jobs are started. */
  start(): void;
  /** Interrupt what runs; it goes on after a restart. */
  close(): Promise<void>;
}

/** Of a process that is alone: it knows all at once. */
export interface LocalScheduler extends Scheduler {
  readonly queue: Pick<Queue, 'placeFor' | 'noteStarted' | 'waitingOf'>;
  unqueue(jobId: string): boolean;
}

export function createScheduler(options: SchedulerOptions): LocalScheduler {
  const { registry, pool, slots } = options;
  const lanes = createLanes();
  const answers = answersOf(lanes.main, registry.get, () => pump());
  const times = createJobTimes(options.slices);
  const onEnded = noteEnds(times, options);
  const runner = createRunner({
    ...options,
    ...times,
    onEnded,
    placeAgain: (job, isLonger) => placeAfterTurn(lanes.main, mayStart, job, isLonger),
    onYielded(job) {
      notices.noteYielded(job.id);
      lanes.add(job);
    },
    onTurnChanged: () => requests.look(),
  });
  const positions = () => positionsNow(options, lanes, runner.running(), times);
  const progressOf = (jobId: string) => runner.get(jobId)?.progress;
  const notices = createPositionNotices(registry, positions);
  let [started, closed] = [false, false];

  const mayStart = (jobId: string) => !answers.isHeld(jobId) && isFree(jobId, options, runner);
  const starts = createStartJobs(options, lanes, runner, mayStart);
  const pump = (): void => {
    if (!started || closed) return;
    starts.fill(pump);
    notices.schedule();
    options.onQueue();
    requests.look();
  };
  const end = createEndJob({ ...options, lanes, runner, onEnded, isClosed: () => closed });
  const requests = createYieldRequests({
    ...{ ...runner, ...times, ...options },
    waiting: starts.waiting,
  });

  return {
    queue: lanes.main,
    answers,
    enqueue(job) {
      lanes.add(job);
      pump();
    },
    isIdle: () => runner.running().length === 0 && lanes.isEmpty,
    isRunning: (jobId) => runner.get(jobId) !== undefined,
    unqueue: lanes.remove,
    ...{ startNext: pump, stop: end, replace: end },
    progressOf,
    outlooks: () => createOutlooks({ lanes, jobOf: registry.get, progressOf, positions }),
    load: () => loadOf(slots.length, runner.running(), lanes),
    noteDuration: times.noteEnded,
    start() {
      started = true;
      for (const slot of slots) pool.prepare(slot.index);
      pump();
    },
    async close() {
      closed = true;
      notices.close();
      requests.close();
      await runner.close();
    },
  };
}

function noteEnds(times: JobTimes, { onEnded }: Pick<SchedulerOptions, 'onEnded'>): (job: Job) => void {
  return (job) => {
    times.noteEnded(job);
    onEnded(job);
  };
}

/** Without the slots beside the others. */
function loadOf(slots: number, running: readonly Run[], { main }: Lanes): Load {
  return { slots, freeSlots: Math.max(0, slots - slotsTaken(running)), waiting: main.order().length };
}

function isFree(
  jobId: string,
  { registry }: Pick<SchedulerOptions, 'registry'>,
  { runningOf }: Pick<Runner, 'runningOf'>,
): boolean {
  const job = registry.get(jobId);
  return !job || mayStartNow(job, runningOf(job.ref), registry.openOf(job.ref));
}

function positionsNow(
  { registry, slots, slotsBeside }: Pick<SchedulerOptions, 'registry' | 'slots' | 'slotsBeside'>,
  { main, beside }: Lanes,
  running: readonly Run[],
  times: JobTimes,
) {
  const inTurn = running.map((run) => runningJob(run, times));
  const [early, others] = [inTurn.filter(({ job }) => isEarly(job)), inTurn.filter(({ job }) => !isEarly(job))];
  const waitingIn = (queue: Queue) => queue.order().flatMap(({ id }) => registry.get(id) ?? []);
  return new Map([
    ...positionsOf(waitingIn(main), others, slots.length, times, mostSharing(slots)),
    ...positionsOf(waitingIn(beside), early, slotsBeside.length, times),
  ]);
}
