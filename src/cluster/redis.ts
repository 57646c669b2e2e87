import type { Redis } from 'ioredis';
import { ConfigError } from '../errors.ts';
import { faultOf, refusalOf } from './redis-check.ts';
import { CLUSTER_TIMES } from './times.ts';

// The connections to Redis. The package is loaded only where MAI_REDIS is set.

export type { Redis };

/** Keys of this program begin so; those of BullMQ, too. */
export const PREFIX = 'mai';

/** A connection that comes back by itself for ever; commands wait for it meanwhile. Rejects with ConfigError. */
export async function connectRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  const { Redis: Client } = await import('ioredis');
  const redis = new Client(url, {
    maxRetriesPerRequest: null,
    connectTimeout: CLUSTER_TIMES.connectMs,
    retryStrategy: (times) => Math.min(times * CLUSTER_TIMES.retryStepMs, CLUSTER_TIMES.retryMs),
  });
  redis.on('error', onError);
  try {
    const fault = faultOf(await within(redis.info(), CLUSTER_TIMES.connectMs));
    if (fault !== undefined) throw new ConfigError(fault);
  } catch (error) {
    redis.disconnect();
    throw refusalOf(error);
  }
  return redis;
}

/** Another connection to the same Redis. */
export function another(redis: Redis, onError: (error: Error) => void): Redis {
  const copy = redis.duplicate();
  copy.on('error', onError);
  return copy;
}

/** Rejects where the answer takes longer: a command waits for a lost connection without an end. */
export async function within<Value>(answer: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis gave no answer in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}

/**
 * Whether Redis answers within this time. Looks that come while one waits share its question: commands wait for a lost
 * connection without an end, and would pile up.
 */
export function createPulse(redis: Pick<Redis, 'status' | 'ping'>, ms: number): () => Promise<boolean> {
  let asked: Promise<unknown> | undefined;
  return async () => {
    if (redis.status !== 'ready') return false;
    asked ??= redis.ping().finally(() => {
      asked = undefined;
    });
    return within(asked, ms).then(
      () => true,
      () => false,
    );
  };
}
