import { join } from 'node:path';
import { isFolder } from '../files/tree.ts';
import { isOpen, type Job } from '../jobs/domain/job.ts';
import { activate } from '../jobs/domain/transition.ts';
import { mayStartNow } from '../jobs/domain/next-turn.ts';
import { recoverJob, type RecoveryOptions } from '../jobs/recovery.ts';
import { endingOf } from '../jobs/run/run.ts';
import type { SchedulerOptions } from '../jobs/scheduler.ts';
import type { Claims, Decided } from './claims.ts';
import type { Records } from './records.ts';
import type { Replica } from './replica.ts';
import type { Taken } from './taker.ts';

// What a process does with a job that it has taken from the queue, before it runs: whoever had it before may have died at
// any point of it.

/** `begin` starts it. Undefined: there was nothing to run. */
export type TakeUp = (
  taken: Pick<Taken, 'ref' | 'jobId'>,
  begin: (job: Job) => Promise<void> | undefined,
) => Promise<{ readonly ended: Promise<void> } | undefined>;

export interface TakeUpOptions {
  readonly scheduler: SchedulerOptions;
  readonly recovery: Omit<RecoveryOptions, 'scheduler'>;
  readonly claims: Claims;
  readonly records: Records;
  readonly replica: Replica;
}

export function createTakeUp(options: TakeUpOptions): TakeUp {
  const { claims, records, recovery } = options;
  const { registry, files } = recovery;
  return async ({ ref, jobId }, begin) => {
    await records.readProject(ref);
    const found = await records.readJob(ref, jobId);
    if (found === undefined || (!isOpen(found) && !found.pendingEvent) || !mayBegin(options, found)) return undefined;
    const fence = await claims.claim(found, true);
    // Read once more: from now on nobody else writes it.
    const now = await files.read(ref, jobId);
    if (now === undefined || (!isOpen(now) && !now.pendingEvent)) return undefined;
    const job: Job = { ...now, ...(fence !== undefined && { fence }) };
    registry.keepInMemory(job);
    if (isOpen(job) && (await endAtOnce(options, job))) return undefined;
    let started: Promise<void> | undefined;
    await recoverJob(recovery, job, (waiting) => {
      started = begin(waiting);
    });
    return started && { ended: started };
  };
}

/** Its project may be at work elsewhere; then it is put into the queue again when that has ended. */
function mayBegin({ replica, recovery: { registry } }: TakeUpOptions, job: Job): boolean {
  const others = replica.runningOf(job.ref).filter(({ id }) => id !== job.id);
  return mayStartNow(
    job,
    others.map((other) => ({ job: other, isFinishing: false })),
    registry.openOf(job.ref),
  );
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
