import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createQuestion, type Question } from '../../src/cluster/clients/question.ts';
import { noRedis, startRedis } from './redis.ts';

/** A Redis whose questions are counted. */
export interface AskedRedis {
  readonly url: string;
  readonly redis: Redis;
  readonly counted: Pick<Redis, 'eval'>;
  readonly question: Question;
  /** What it was asked since `answered` was called last. */
  readonly asked: readonly Promise<unknown>[];
  /** All of it was answered, and whoever asked has taken note. */
  answered(): Promise<void>;
  /** Addresses that no other test has. */
  address(): string;
}

/** At the head of a test file; without a redis-server there is none, and its tests are to be skipped. */
export async function startAskedRedis(): Promise<AskedRedis> {
  const url = noRedis ? '' : (await startRedis()).url;
  const redis = new Redis(url, { lazyConnect: true });
  before(async () => void (noRedis || (await redis.connect())));
  let isOver = false;
  after(() => {
    isOver = true;
    redis.disconnect();
  });
  const asked: Promise<unknown>[] = [];
  let addresses = 0;
  return {
    ...{ url, redis, asked },
    counted: {
      eval: (...args: Parameters<Redis['eval']>) => {
        const answer = redis.eval(...args);
        asked.push(answer.catch(() => undefined));
        return answer;
      },
    } as Pick<Redis, 'eval'>,
    // however busy the computer is
    question: createQuestion(redis, (error) => isOver || assert.ifError(error), { answerMs: 60_000, askAgainMs: 0 }),
    async answered() {
      await Promise.all(asked.splice(0));
      await setImmediate();
    },
    address: () => `10.0.${(addresses += 1)}.1`,
  };
}
