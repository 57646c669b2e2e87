import { hasBegun, type Job } from '../jobs/domain/job.ts';
import { createPace } from '../jobs/pace.ts';
import type { Entries } from './bull.ts';
import type { Replica } from './replica.ts';
import type { ClusterTimes } from './times.ts';

// Puts into Redis what may start.

export interface PumpOptions {
  readonly entries: Pick<Entries, 'add'>;
  readonly replica: Pick<Replica, 'ready' | 'waiting'>;
  readonly times: Pick<ClusterTimes, 'overdueMs' | 'gatherMs'>;
  readonly worker: { wake(): void } | undefined;
  onError(error: unknown): void;
}

export interface Pump {
  /** Look soon what may start. */
  look(): void;
  /** Whoever accepted the job has put it into the queue. */
  queued(jobId: string): void;
  /** What waited there when this process looked last, next first. */
  queuedJobs(): Iterable<Job>;
  /** It has ended for good. */
  ended(jobId: string): void;
  /** It, or all, may not be in Redis (any more). */
  miss(jobId: string): void;
  missAll(): void;
  close(): void;
}

/** `onDone`: what waits or runs has changed. */
export function createPump({ entries, replica, times, worker, onError }: PumpOptions, onDone: () => void): Pump {
  const added = new Set<string>();
  const isIn = new Set<string>();
  let found: readonly Job[] = [];
  const queued = new Set<string>();
  /** Since when a new job could start. */
  const ready = new Map<string, number>();
  /** One that nobody has taken yet may still be written to by whoever accepts it. */
  const isDue = (job: Job) => {
    if (job.fence !== undefined || hasBegun(job) || queued.has(job.id)) return true;
    const since = ready.get(job.id) ?? performance.now();
    ready.set(job.id, since);
    return performance.now() - since >= times.overdueMs;
  };
  const pace = createPace();
  let timer: NodeJS.Timeout | undefined;
  const pump = async () => {
    timer = undefined;
    found = pace.run(replica.ready);
    for (const job of found) {
      // it may have ended while others were put there
      const isOver = replica.waiting(job.id) === undefined;
      if (isOver || added.has(job.id) || !isDue(job)) continue;
      added.add(job.id);
      ready.delete(job.id);
      try {
        await entries.add(job);
        isIn.add(job.id);
      } catch (error) {
        added.delete(job.id);
        onError(error);
      }
    }
    worker?.wake();
    onDone();
  };
  const look = () => {
    timer ??= setTimeout(() => void pump().catch(onError), pace.restMs(times.gatherMs));
  };
  return {
    look,
    queued(jobId) {
      queued.add(jobId);
      look();
    },
    *queuedJobs() {
      for (const { id } of found) {
        const job = isIn.has(id) ? replica.waiting(id) : undefined;
        if (job !== undefined) yield job;
      }
    },
    ended(jobId) {
      for (const all of [added, isIn, queued, ready]) all.delete(jobId);
    },
    miss(jobId) {
      added.delete(jobId);
      isIn.delete(jobId);
    },
    missAll() {
      added.clear();
      isIn.clear();
    },
    close: () => clearTimeout(timer),
  };
}
