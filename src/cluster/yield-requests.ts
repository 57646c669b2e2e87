import type { Runner } from '../jobs/runner.ts';
import { createYieldRequests, type YieldRequests } from '../jobs/yield-requests.ts';
import type { ClusterWorkerOptions } from './worker.ts';

// Asks trainings of this worker to leave their turn when others wait. Each worker knows how far all trainings are, and by
// the same rule which of them are to leave; it asks those that are its own.

export function createSharedYieldRequests(
  { scheduler, replica, queued, load, hasBeside, soFar, times }: YieldOptions,
  runner: Pick<Runner, 'get' | 'running' | 'askToYield'>,
): YieldRequests {
  /** One that should have left its turn long ago takes no notice: others leave theirs. */
  const mayLeave = (turn: ReturnType<typeof replica.turns>[number]) =>
    (turn.progress.trainedS() ?? 0) - replica.times.sliceOf(turn.job) < times.yieldWaitMs / 1000;
  return createYieldRequests({
    running: () => {
      const elsewhere = replica.turns().filter((turn) => runner.get(turn.job.id) === undefined && mayLeave(turn));
      return [...runner.running(), ...elsewhere.map((turn) => ({ ...turn, isAsked: false }))];
    },
    waiting() {
      const { slots, freeSlots } = load();
      const besides = hasBeside() ? 0 : soFar.waiting();
      return Math.max(0, countUpTo(queued(), slots + freeSlots) + besides - freeSlots);
    },
    sliceNow: replica.times.sliceNow,
    hasRoom: scheduler.hasRoom,
    askToYield(jobId) {
      if (runner.get(jobId) !== undefined) runner.askToYield(jobId);
    },
  });
}

type YieldOptions = Pick<
  ClusterWorkerOptions,
  'scheduler' | 'replica' | 'queued' | 'load' | 'hasBeside' | 'soFar' | 'times'
>;

function countUpTo(items: Iterable<unknown>, most: number): number {
  let count = 0;
  for (const _ of items) {
    if (count === most) break;
    count += 1;
  }
  return count;
}
