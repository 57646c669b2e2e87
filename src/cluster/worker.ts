import { setTimeout as pause } from 'node:timers/promises';
import { clientKey } from '../client.ts';
import { isEarly, type Job } from '../jobs/domain/job.ts';
import type { Load } from '../jobs/job-service.ts';
import { createRunner, type Runner } from '../jobs/runner.ts';
import type { SchedulerOptions } from '../jobs/scheduler.ts';
import { partBeside } from '../jobs/start-jobs.ts';
import type { Slot } from '../jobs/domain/slots.ts';
import type { ClusterTimes } from './times.ts';
import type { Entries } from './bull.ts';
import { withHosts } from './child-places.ts';
import type { Claims } from './claims.ts';
import { keepLock, type Lock } from './keep-lock.ts';
import { letGo } from './let-go.ts';
import type { Hub } from './remote/hub.ts';
import { within } from './redis.ts';
import type { Replica } from './replica.ts';
import type { Rounds } from './rounds.ts';
import type { SoFar } from './so-far.ts';
import type { TakeUp } from './take-up.ts';
import type { Taken, Taker } from './taker.ts';
import { createSharedYieldRequests } from './yield-requests.ts';

// Takes jobs from the queue and runs them, on the slots of this computer.

export interface ClusterWorkerOptions {
  readonly scheduler: SchedulerOptions;
  readonly claims: Claims;
  readonly entries: Entries;
  readonly replica: Replica;
  readonly rounds: Pick<Rounds, 'noteStarted' | 'noteLeft' | 'placeAgain'>;
  readonly soFar: SoFar;
  readonly times: ClusterTimes;
  readonly takeUp: TakeUp;
  /** The slots of this computer, and those beside them; those of hosts come and go. */
  readonly slots: readonly Slot[];
  readonly slotsBeside: readonly Slot[];
  readonly hub: Hub | undefined;
  makeTaker(): Taker;
  /** What waits in the queue to be taken, next first. */
  queued(): Iterable<Job>;
  /** Slots of all workers, and those on which nothing runs. */
  load(): Pick<Load, 'slots' | 'freeSlots'>;
  /** Whether a worker of the cluster has slots beside the others; where none has, those of hosts convert models so far, too. */
  hasBeside(): boolean;
  /** Waited for before a job that was taken is looked at. */
  beforeRun(jobId: string): Promise<void>;
  onError(error: Error): void;
}

export interface ClusterWorker {
  readonly runner: Runner;
  /** Those of this computer. */
  readonly slots: readonly Slot[];
  start(): void;
  /** Something may have come. */
  wake(): void;
  /** Look whether a job that runs here is to end. */
  lookForCancel(jobId: string): void;
  close(): Promise<void>;
}

export function createClusterWorker(options: ClusterWorkerOptions): ClusterWorker {
  const { claims, times } = options;
  const runner = createOwnRunner(options, () => requests.look());
  const requests = createSharedYieldRequests(options, runner);
  /** What this process has taken, until it has let it go. */
  const own = createUnderWay();
  let taker: Taker | undefined;
  let isClosed = false;
  let taking: Promise<void> = Promise.resolve();
  let wake = () => {};

  const run = async (taken: Taken) => {
    // Its lock was lost, and it came back here before its run has ended: the two would take each other's files.
    await runner.stop(taken.jobId, 'interrupted');
    await own.over(taken.jobId);
    const lock = keepLock(taken.renew, times, () => void runner.stop(taken.jobId, 'interrupted'));
    try {
      await options.beforeRun(taken.jobId);
      const started = await options.takeUp(taken, (job) => begin(options, runner, job));
      // The slot is taken from here on; what follows waits for its end.
      const over = (started?.ended ?? Promise.resolve()).then(() => end(taken, lock));
      own.note(taken.jobId, over);
    } catch (error) {
      options.onError(error instanceof Error ? error : new Error(String(error)));
      claims.release(taken.jobId);
      // the lock runs out, and somebody tries again
      lock.stop();
    }
  };

  const end = async (taken: Taken, lock: Lock) => {
    lock.stop();
    await letGo(options, taken);
    wake();
  };

  const takeAll = async (from: Taker) => {
    while (!isClosed) {
      const taken = (await takeSoFar(options, runner)) ?? (runner.free.has('slot') ? await from.take() : undefined);
      if (taken !== undefined) await run(taken);
      else await Promise.race([pause(times.takeMs), new Promise<void>((resolve) => (wake = resolve))]);
    }
  };

  const looks = setInterval(() => lookForCancel(claims, runner), times.cancelLookMs).unref();

  return {
    runner,
    slots: options.slots,
    start() {
      taking = takeAll((taker = options.makeTaker()));
      takeSlots(options.hub, runner, () => wake());
    },
    wake() {
      wake();
      requests.look();
    },
    lookForCancel: (jobId) => lookForCancel(claims, runner, jobId),
    async close() {
      isClosed = true;
      clearInterval(looks);
      requests.close();
      wake();
      await runner.close();
      options.hub?.close();
      await within(taking, times.lockMs).catch(() => undefined);
      await runner.close();
      taker?.close();
    },
  };
}

function begin({ rounds }: ClusterWorkerOptions, runner: Runner, job: Job): Promise<void> | undefined {
  // a conversion of a model so far takes no turn of a round
  const noted = isEarly(job) ? rounds.noteLeft(job) : rounds.noteStarted(clientKey(job.client), job.place, job.id);
  void noted.catch(() => undefined);
  return runner.begin(job, isEarly(job) ? partBeside(runner.running()) : 'whole');
}

/** The next conversion of a model so far, where a slot for it is free. Hosts leave them to workers that have slots for them. */
export async function takeSoFar(
  {
    soFar,
    slotsBeside,
    hasBeside,
  }: Pick<ClusterWorkerOptions, 'slotsBeside' | 'hasBeside'> & { soFar: Pick<SoFar, 'take'> },
  runner: Pick<Runner, 'free'>,
): Promise<Taken | undefined> {
  const isBeside = slotsBeside.length > 0;
  return runner.free.has(isBeside ? 'beside' : 'slot') && (isBeside || !hasBeside()) ? soFar.take() : undefined;
}

/** The slots of hosts are as good as those of this computer, for as long as they are there. */
function takeSlots(hub: Hub | undefined, runner: Runner, wake: () => void): void {
  hub?.begin({
    onSlot(slot) {
      runner.addSlot(slot);
      wake();
    },
    onLost: (slot) => void runner.removeSlot(slot),
  });
}

/** `jobId`: of that one alone. */
function lookForCancel(claims: Claims, runner: Runner, jobId?: string): void {
  for (const { job } of runner.running())
    if (jobId === undefined || job.id === jobId) void endIfCancelled(claims, runner, job);
}

async function endIfCancelled(claims: Claims, runner: Runner, job: Job): Promise<void> {
  const cause = await claims.cancelled(job).catch(() => undefined);
  if (cause !== undefined) await runner.stop(job.id, cause);
}

function createUnderWay() {
  const underWay = new Map<string, Promise<void>>();
  return {
    over: async (jobId: string) => underWay.get(jobId),
    note(jobId: string, over: Promise<void>) {
      underWay.set(jobId, over);
      void over.finally(() => underWay.get(jobId) === over && underWay.delete(jobId));
    },
  };
}

/** `onTurnChanged`: who is to leave its turn may have changed. */
function createOwnRunner(options: ClusterWorkerOptions, onTurnChanged: () => void): Runner {
  const { scheduler, claims, replica, rounds, slots, slotsBeside, hub, soFar, onError } = options;
  const report = (error: unknown, job: Job) => {
    if (claims.isHeld(job.id)) scheduler.run.report(error, job);
    // what it could not write is no fault
    else onError(new Error(`job ${job.id} went to another process, and its run here has ended`));
  };
  const pool = withHosts({ ...scheduler.pool, take: scheduler.run.pool.take }, hub);
  return createRunner({
    // it is put into the queue again when all of its run is over
    ...{ ...scheduler, slots, slotsBeside, pool, ...replica.times, onYielded: () => undefined, onTurnChanged },
    ...{ run: { ...scheduler.run, pool, report }, whenAlone: soFar.whenNone },
    placeAgain({ id, client }, isLonger) {
      const [next] = options.queued();
      return rounds.placeAgain(clientKey(client), id, next?.place, isLonger);
    },
    onEnded(job) {
      replica.times.noteEnded(job);
      scheduler.onEnded(job);
    },
  });
}
