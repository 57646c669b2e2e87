import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { serverBusy } from '../errors.ts';
import { type Exclusion, KeyedMutex } from '../files/mutex.ts';
import { CLUSTER_TIMES } from './times.ts';
import { PREFIX, type Redis, within } from './redis.ts';

// One task of a key at a time, in all processes. Redis may lose a lock; what must not happen twice then is decided on
// the disk (claims.ts).

export const RENEW =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
export const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/** `kind`: tasks of different kinds do not wait for each other. Rejects with server_busy where Redis does not answer. */
export function createSharedExclusion(redis: Redis, kind: string): Exclusion {
  // Within a process in the order in which they came, and one alone asks Redis.
  const here = new KeyedMutex();

  const acquire = async (key: string, token: string) => {
    const end = performance.now() + CLUSTER_TIMES.lockWaitMs;
    for (let waitMs = CLUSTER_TIMES.lockAgainMs; ; waitMs = Math.min(2 * waitMs, CLUSTER_TIMES.lockAgainLongMs)) {
      const left = end - performance.now();
      if (left <= 0) throw serverBusy();
      const set = redis.set(key, token, 'PX', CLUSTER_TIMES.leaseMs, 'NX');
      const taken = await within(set, left).catch(() => undefined);
      if (taken === 'OK') return;
      await pause(waitMs * (0.5 + Math.random()));
    }
  };

  return {
    run: (name, task) =>
      here.run(name, async () => {
        const key = `${PREFIX}:lock:${kind}:${name}`;
        const token = randomBytes(8).toString('hex');
        await acquire(key, token);
        const renew = () => void redis.eval(RENEW, 1, key, token, CLUSTER_TIMES.leaseMs).catch(() => undefined);
        const timer = setInterval(renew, CLUSTER_TIMES.leaseMs / 3);
        try {
          return await task();
        } finally {
          clearInterval(timer);
          void redis.eval(RELEASE, 1, key, token).catch(() => undefined);
        }
      }),
  };
}
