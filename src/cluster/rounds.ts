import { clientKey } from '../client.ts';
import type { Job, QueuePlace } from '../jobs/domain/job.ts';
import { behind } from '../jobs/domain/memory-queue.ts';
import { lastRoundOf } from '../jobs/domain/next-turn.ts';
import { PREFIX, type Redis } from './redis.ts';

// The fair rounds of the queue (docs/queue.md), counted in Redis, so that two processes that take jobs of one client at
// once give them two rounds. The rules are those of jobs/domain/memory-queue.ts.

export interface Rounds {
  placeFor(clientKey: string, jobId: string): Promise<QueuePlace>;
  /** As Queue.placeAgain: for the next turn of a job that runs. */
  placeAgain(clientKey: string, jobId: string, next: QueuePlace | undefined, isLonger: boolean): Promise<QueuePlace>;
  /** A job runs: it is the turn of its round. */
  noteStarted(clientKey: string, place: QueuePlace, jobId?: string): Promise<void>;
  /** A job waits no more. */
  noteLeft(job: Job): Promise<void>;
  /** As the records have it, where Redis has lost it. */
  rebuild(jobs: Iterable<Job>): Promise<void>;
}

/** The round that runs. */
export const ROUND_NOW = `${PREFIX}:rounds:now`;
const SERVED = `${PREFIX}:rounds:served`;
const keyOf = (client: string) => `${PREFIX}:rounds:of:${client}`;

/** The round that runs, or the one after the client's own last job that waits. */
const PLACE = `
local now = tonumber(redis.call('GET', KEYS[1]) or '0')
local first = now
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then first = now + 1 end
local last = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
if last[2] then first = math.max(first, tonumber(last[2]) + 1) end
redis.call('ZADD', KEYS[3], first, ARGV[2])
return first`;

const STARTED = `
local now = tonumber(redis.call('GET', KEYS[1]) or '0')
local round = tonumber(ARGV[2])
if round > now then
  now = round
  redis.call('SET', KEYS[1], now)
  redis.call('DEL', KEYS[2])
end
if round == now then redis.call('SADD', KEYS[2], ARGV[1]) end
if ARGV[3] ~= '' then redis.call('ZREM', KEYS[3], ARGV[3]) end
return now`;

export function createRounds(redis: Redis): Rounds {
  const noteStarted = async (client: string, { round }: QueuePlace, jobId = '') =>
    void (await redis.eval(STARTED, 3, ROUND_NOW, SERVED, keyOf(client), client, round, jobId));
  const firstRoundFor = async (client: string, jobId: string) =>
    Number(await redis.eval(PLACE, 3, ROUND_NOW, SERVED, keyOf(client), client, jobId));
  return {
    placeFor: async (client, jobId) => ({ round: await firstRoundFor(client, jobId), since: jobId }),
    async placeAgain(client, jobId, next, isLonger) {
      const round = (await firstRoundFor(client, jobId)) + (isLonger ? 1 : 0);
      const place = behind(next, { round, since: jobId, again: true });
      await redis.zadd(keyOf(client), place.round, jobId);
      return place;
    },
    noteStarted,
    noteLeft: async ({ client, id }) => void (await redis.zrem(keyOf(clientKey(client)), id)),
    async rebuild(jobs) {
      for (const job of jobs) {
        // a conversion of a model so far takes no turn of a round
        if (job.early) continue;
        const client = clientKey(job.client);
        const started = lastRoundOf(job);
        if (started !== undefined) await noteStarted(client, { ...job.place, round: started });
        if (job.state === 'waiting') await redis.zadd(keyOf(client), job.place.round, job.id);
      }
    },
  };
}
