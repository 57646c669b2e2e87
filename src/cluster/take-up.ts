import { join } from 'node:path';
import { isFolder } from '../files/tree.ts';
import { isEarly, isOpen, type Job } from '../jobs/domain/job.ts';
import { activate } from '../jobs/domain/transition.ts';
import { recoverJob, type RecoveryOptions } from '../jobs/recovery.ts';
import { endingOf } from '../jobs/run/run.ts';
import type { SchedulerOptions } from '../jobs/scheduler.ts';
import type { Claims, Decided } from './claims.ts';
import type { Records } from './records.ts';
import { mayStartBeside, type Replica } from './replica.ts';
import type { Taken } from './taker.ts';

// What a process does with a job that it has taken from the queue, before it runs: whoever had it before may have died at
// any point of it.

/** `begin` starts it. Undefined: there was nothing to run. */
export type TakeUp = (
  taken: Pick<Taken, 'ref' | 'jobId'>,
  begin: (job: Job) => Promise<void> | undefined,
) => Promise<{ readonly ended: Promise<void> } | undefined>;

/**
 * Take a job away from whoever had it, for good, and let it wait; or end it where it was to end. The caller has its lock,
 * so that nobody takes it up meanwhile.
 */
export type ShutOut = (taken: Pick<Taken, 'ref' | 'jobId'>) => Promise<void>;

export interface TakeUpOptions {
  readonly scheduler: SchedulerOptions;
  readonly recovery: Omit<RecoveryOptions, 'scheduler'>;
  readonly claims: Claims;
  readonly records: Records;
  readonly replica: Replica;
}

export function createTakeUp(options: TakeUpOptions): TakeUp {
  const { records, recovery } = options;
  return async ({ ref, jobId }, begin) => {
    await records.readProject(ref);
    const found = await records.readJob(ref, jobId);
    if (!isToDo(found) || !mayBegin(options, found)) return undefined;
    const job = await claimed(options, found);
    if (job === undefined || (isOpen(job) && (await endAtOnce(options, job)))) return undefined;
    const isFinishing = await isTrainingFinishing(options, job);
    let started: Promise<void> | undefined;
    await recoverJob(recovery, job, (waiting) => {
      if (!isFinishing) started = begin(waiting);
    });
    return started && { ended: started };
  };
}

export function createShutOut(options: TakeUpOptions): ShutOut {
  const { claims, records, recovery } = options;
  return async ({ ref, jobId }) => {
    const found = await records.readJob(ref, jobId);
    if (!isToDo(found)) return;
    try {
      const job = await claimed(options, found);
      if (job === undefined) return;
      // what is decided is brought to its end below
      if (isOpen(job)) await claims.annul(job);
      if (!isOpen(job) || !(await endAtOnce(options, job))) await recoverJob(recovery, job, () => undefined);
    } finally {
      claims.release(jobId);
    }
  };
}

function isToDo(job: Job | undefined): job is Job {
  return job !== undefined && (isOpen(job) || job.pendingEvent !== undefined);
}

/** The job as it is on the disk once no other process may write it; undefined: nothing is left to do. */
async function claimed({ claims, recovery }: TakeUpOptions, found: Job): Promise<Job | undefined> {
  const { registry, files } = recovery;
  const fence = await claims.claim(found, true);
  const now = await files.read(found.ref, found.id);
  if (!isToDo(now)) return undefined;
  const job: Job = { ...now, ...(fence !== undefined && { fence }) };
  registry.keepInMemory(job);
  return job;
}

/**
 * Looked at after the claim was made, as a training first writes down that it is finishing and then looks for claims: of a
 * conversion of its model so far and a training, one sees the other.
 */
async function isTrainingFinishing({ records }: TakeUpOptions, job: Job): Promise<boolean> {
  return isEarly(job) && (await records.readJob(job.ref, job.inputOf))?.finishing === true;
}

/** Its project may be at work elsewhere; then it is put into the queue again when that has ended. */
function mayBegin({ replica, recovery: { registry } }: TakeUpOptions, job: Job): boolean {
  return mayStartBeside(job, replica.runningOf(job.ref), registry.openOf(job.ref));
}

/** It was to end, or its result was there already. */
async function endAtOnce(options: TakeUpOptions, job: Job): Promise<boolean> {
  const { claims, scheduler } = options;
  const decided = await claims.decided(job);
  if (decided !== undefined) {
    await finishDecided(options, job, decided);
    return true;
  }
  const cause = await claims.cancelled(job);
  if (cause === undefined || cause === 'interrupted') return false;
  scheduler.onEnded(await scheduler.finalize(job, endingOf(cause)));
  return true;
}

/** The process that had it was stopped between the decision that its output counts and the end. */
async function finishDecided(
  { scheduler, recovery: { store } }: TakeUpOptions,
  job: Job,
  { ending, made }: Decided,
): Promise<void> {
  const folder = join(store.paths(job.ref).jobPaths(job.id).root, made);
  if (await isFolder(folder)) await store.commitOutput(job.ref, folder);
  // a move that was begun is finished by whoever has the project next
  else await store.changeOwner(job.ref, (owner) => owner);
  const active = job.state === 'waiting' ? activate(job, Date.now() / 1000) : job;
  scheduler.onEnded(await scheduler.finalize(active, ending));
}
