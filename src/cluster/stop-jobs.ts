import { setTimeout as pause } from 'node:timers/promises';
import { serverBusy } from '../errors.ts';
import { isEarly, isOpen } from '../jobs/domain/job.ts';
import type { StopCause } from '../jobs/run/attempts.ts';
import { endingOf } from '../jobs/run/run.ts';
import type { Entries } from './bull.ts';
import type { ClusterSchedulerOptions } from './scheduler.ts';

// Takes jobs out of the queue, or ends them, whichever process has them.

export type StopOptions = Omit<ClusterSchedulerOptions, 'slots' | 'sendQueued' | 'onError'>;

/** True: no process can take it any more, and this one may end it. */
export async function unqueue(
  { parts, entries, rounds, claims, replica, records, answers, soFar }: StopOptions,
  jobId: string,
) {
  const known = parts.registry.get(jobId);
  if (known?.state !== 'waiting') return false;
  if (!answers?.giveUp(jobId)) {
    const isSoFar = isEarly(known);
    if (!(await (isSoFar ? soFar.hold(jobId) : takeOut(entries, jobId)))) return false;
    // whoever has answered for it has made a claim; of one that is held, those before have lost theirs
    const now = await records.readJob(known.ref, jobId);
    const fence = now?.state === 'waiting' ? await claims.claim(now, isSoFar) : undefined;
    if (now === undefined || fence === undefined) return false;
    parts.registry.keepInMemory({ ...now, fence });
  }
  replica.forget(jobId);
  await rounds.noteLeft(known);
  return true;
}

/** False: another process runs it or answers for it. What may not start yet is not in the queue. */
async function takeOut(entries: Pick<Entries, 'remove' | 'known'>, jobId: string): Promise<boolean> {
  return (await entries.remove(jobId)) || !(await entries.known([jobId])).has(jobId);
}

/** Ask whoever has the job to end it, and wait for that. The flag counts; the message only makes it sooner. */
export async function stopAnywhere(options: StopOptions, jobId: string, cause: StopCause): Promise<void> {
  const { parts, claims, records, worker, times } = options;
  const run = worker?.runner.get(jobId);
  await worker?.runner.stop(jobId, cause);
  // It may have left its turn just before, so that it waits again.
  if (run !== undefined && (run.stopped !== cause || parts.registry.get(jobId)?.state !== 'waiting')) return;
  const job = parts.registry.get(jobId);
  if (job === undefined || cause === 'interrupted') return;
  await claims.cancel(job, cause);
  options.sendCancel(jobId);
  const end = performance.now() + times.stopWaitMs;
  for (;;) {
    const now = await records.readJob(job.ref, jobId);
    if (now === undefined || (!isOpen(now) && now.pendingEvent === undefined)) return;
    // it may have come back to the queue just now
    if (now.state === 'waiting' && (await unqueue(options, jobId))) return endUnqueued(options, jobId, cause);
    // whoever had it may be gone
    if (now.state === 'active' && isEarly(now)) await options.soFar.endIfLeft(now);
    if (performance.now() > end) throw serverBusy();
    await pause(times.lookAgainMs);
  }
}

async function endUnqueued(
  { parts, scheduler }: StopOptions,
  jobId: string,
  cause: Exclude<StopCause, 'interrupted'>,
): Promise<void> {
  const job = parts.registry.get(jobId);
  if (job) scheduler.onEnded(await scheduler.finalize(job, endingOf(cause)));
}
