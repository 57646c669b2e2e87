import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { serverBusy } from '../errors.ts';
import { type Exclusion, KeyedMutex } from '../files/mutex.ts';
import { createLeases, type Leases } from './leases.ts';
import { CLUSTER_TIMES } from './times.ts';
import { PREFIX, type Redis, within } from './redis.ts';

// One task of a key at a time, in all processes. Redis may lose a lock; what must not happen twice then is decided on
// the disk (claims.ts).

/** `kind`: tasks of different kinds do not wait for each other. Rejects with server_busy where Redis does not answer. */
export function createSharedExclusion(redis: Redis, kind: string): Exclusion {
  // Within a process in the order in which they came, and one alone asks Redis.
  const here = new KeyedMutex();
  const keyOf = (name: string) => `${PREFIX}:lock:${kind}:${name}`;

  const acquire = async (lease: Leases, name: string) => {
    const end = performance.now() + CLUSTER_TIMES.lockWaitMs;
    for (let waitMs = CLUSTER_TIMES.lockAgainMs; ; waitMs = Math.min(2 * waitMs, CLUSTER_TIMES.lockAgainLongMs)) {
      const left = end - performance.now();
      if (left <= 0) throw serverBusy();
      if (await within(lease.take(name), left).catch(() => false)) return;
      await pause(waitMs * (0.5 + Math.random()));
    }
  };

  return {
    run: (name, task) =>
      here.run(name, async () => {
        const token = randomBytes(8).toString('hex');
        const lease = createLeases(redis, token, CLUSTER_TIMES.leaseMs, keyOf);
        await acquire(lease, name);
        const renew = () => void lease.renew(name).catch(() => undefined);
        const timer = setInterval(renew, CLUSTER_TIMES.leaseMs / 3);
        try {
          return await task();
        } finally {
          clearInterval(timer);
          void lease.release(name).catch(() => undefined);
        }
      }),
  };
}
