import type { Job } from './job.ts';
import { createMemoryQueue } from './memory-queue.ts';
import { queueItemOf } from './next-turn.ts';
import type { Queue } from './queue.ts';

/** Where jobs wait: almost all in one queue for the slots; conversions of a model so far for a slot of their own. */
export interface Lanes {
  readonly main: Queue;
  /** Short jobs that run beside a training of the same project. */
  readonly beside: Queue;
  add(job: Job): void;
  /** False: it did not wait. */
  remove(jobId: string): boolean;
  has(jobId: string): boolean;
  readonly isEmpty: boolean;
}

export function createLanes(): Lanes {
  const main = createMemoryQueue();
  const beside = createMemoryQueue();
  return {
    main,
    beside,
    add: (job) => (job.early ? beside : main).add(queueItemOf(job)),
    remove: (jobId) => main.remove(jobId) || beside.remove(jobId),
    has: (jobId) => main.has(jobId) || beside.has(jobId),
    get isEmpty() {
      return main.order().length === 0 && beside.order().length === 0;
    },
  };
}
