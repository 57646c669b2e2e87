import { serverStopping } from '../errors.ts';
import { type PromiseWithResolvers, withResolvers } from '../promises.ts';
import type { Job } from './domain/job.ts';

/** Who waits for the end of a job. */
export interface Waiters {
  wait(jobId: string, signal: AbortSignal | undefined): Promise<Job>;
  notify(job: Job): void;
  /** The server stops: nobody will be notified any more. */
  close(): void;
  /** Jobs that somebody waits for. */
  readonly size: number;
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<PromiseWithResolvers<Job>>>();

  return {
    get size() {
      return waiting.size;
    },
    async wait(jobId, signal) {
      signal?.throwIfAborted();
      const waiter = withResolvers<Job>();
      const others = waiting.get(jobId) ?? new Set();
      waiting.set(jobId, others.add(waiter));
      const leave = () => waiter.reject(signal?.reason);
      signal?.addEventListener('abort', leave, { once: true });
      try {
        return await waiter.promise;
      } finally {
        signal?.removeEventListener('abort', leave);
        others.delete(waiter);
        if (others.size === 0 && waiting.get(jobId) === others) waiting.delete(jobId);
      }
    },
    notify(job) {
      for (const waiter of waiting.get(job.id) ?? []) waiter.resolve(job);
      waiting.delete(job.id);
    },
    close() {
      for (const waiters of waiting.values()) for (const waiter of waiters) waiter.reject(serverStopping());
      waiting.clear();
    },
  };
}
