import { randomBytes } from 'node:crypto';
import { hasBegun, type Job } from '../jobs/domain/job.ts';
import type { ClusterTimes } from './times.ts';
import { leaseKey } from './leases.ts';
import { another, PREFIX, type Redis } from './redis.ts';
import { ROUND_NOW } from './rounds.ts';
import type { Puller, Taken } from './taker.ts';

// The queue of jobs in Redis, kept by BullMQ. It holds what may start now, each job once, and knows who runs it by a lock
// that is renewed. Order, states and results are not its own: they are in the records of the jobs.

/** What waits in Redis to be taken. */
export interface Entries {
  /** Nothing changes if it is there already, waiting or taken, or is being answered for. */
  add(job: Job): Promise<void>;
  /** False: it is not there, or somebody has taken it. */
  remove(jobId: string): Promise<boolean>;
  /** The same, but true of what is not there (yet). */
  withdraw(jobId: string): Promise<boolean>;
  /** Which of these are there, waiting or taken, or are being answered for. */
  known(jobIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** How many could be taken. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

export interface Bull {
  readonly entries: Entries;
  /** A connection that takes jobs, and gives back those whose process has lost its lock. */
  puller(): Puller;
}

const QUEUE = 'jobs';
const BASE = `${PREFIX}:rounds:base`;
/** BullMQ knows priorities up to 2^21; the lowest number is next. With that one itself a score is no whole number any more. */
const LOWEST = 2_097_151;
/** Its order within a priority is the rest of a number of which the priority is the upper part. */
const WITHIN = 2 ** 32;
/** Nobody counts how often a job was taken but its record: the queue never gives one up. */
const ALWAYS_AGAIN = 1_000_000_000;

/**
 * Rounds are counted from the one that ran when the queue was empty last, as there are more of them in years than
 * priorities. Not from that of the job that comes then: it may be the second one of its client, and first ones are to come.
 */
const ROUND = `
if redis.call('ZCARD', KEYS[1]) == 0 or not redis.call('GET', KEYS[2]) then
  redis.call('SET', KEYS[2], redis.call('GET', KEYS[3]) or '0')
end
return tonumber(ARGV[1]) - tonumber(redis.call('GET', KEYS[2]))`;

/** Jobs that had begun go first; then rounds, and within one those that have not run. */
export function priorityOf(job: Job, roundsSinceBase: number): number {
  if (hasBegun(job)) return 1;
  return Math.min(LOWEST, 2 + 2 * Math.max(0, roundsSinceBase) + (job.place.again ? 1 : 0));
}

/** Within a priority by the time at which the place was taken, which a job keeps that takes the place of another. */
export function scoreOf(job: Job, priority: number): number {
  return priority * WITHIN + (Number.parseInt(job.place.since.slice(0, 9), 36) % WITHIN || 0);
}

export async function createBull(redis: Redis, times: ClusterTimes, onError: (error: Error) => void): Promise<Bull> {
  const { Queue, Worker } = await import('bullmq');
  const queue = new Queue(QUEUE, { connection: redis, prefix: PREFIX });
  queue.on('error', onError);
  const prioritized = queue.toKey('prioritized');

  // what is not there is removed, too, for BullMQ
  const withdraw = async (jobId: string) => (await queue.remove(jobId)) === 1;

  const entries: Entries = {
    async add(job) {
      if ((await redis.exists(leaseKey(job.id))) === 1) return;
      const round = Number(await redis.eval(ROUND, 3, prioritized, BASE, ROUND_NOW, job.place.round));
      const priority = priorityOf(job, round);
      await queue.add(job.kind, job.ref, { jobId: job.id, priority, removeOnComplete: true, removeOnFail: true });
      await redis.zadd(prioritized, 'XX', scoreOf(job, priority), job.id);
      // Several processes add what they see: whoever answers for it may have taken it out in between.
      if ((await redis.exists(leaseKey(job.id))) === 1) await withdraw(job.id);
    },
    remove: async (jobId) => (await redis.exists(queue.toKey(jobId))) === 1 && (await withdraw(jobId)),
    withdraw,
    async known(jobIds) {
      const found = await Promise.all(jobIds.map((id) => redis.exists(queue.toKey(id), leaseKey(id))));
      return new Set(jobIds.filter((_, index) => (found[index] ?? 0) > 0));
    },
    waiting: async () => (await redis.zcard(prioritized)) + (await redis.llen(queue.toKey('wait'))),
    close: () => queue.close(),
  };

  const puller = (): Puller => {
    const connection = another(redis, onError);
    const worker = new Worker(QUEUE, null, {
      ...{ connection, prefix: PREFIX, lockDuration: times.lockMs, stalledInterval: times.stalledMs },
      maxStalledCount: ALWAYS_AGAIN,
    });
    worker.on('error', onError);
    void worker.startStalledCheckTimer().catch(onError);
    return {
      async pull(): Promise<Taken | undefined> {
        const token = randomBytes(8).toString('hex');
        // without blocking: a blocking command is what hangs after a restart of Redis
        const entry = await worker.getNextJob(token, { block: false });
        if (!entry?.id) return undefined;
        return {
          jobId: entry.id,
          ref: entry.data,
          renew: async () => (await entry.extendLock(token, times.lockMs)) === 1,
          async done() {
            await entry.moveToCompleted('', token, false).catch(() => undefined);
          },
        };
      },
      close() {
        void worker.close(true).catch(onError);
        connection.disconnect();
      },
    };
  };
  return { entries, puller };
}
