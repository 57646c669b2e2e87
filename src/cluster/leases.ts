import { RELEASE, RENEW } from './exclusion.ts';
import { PREFIX, type Redis } from './redis.ts';

// Who does something for a job that is not in the queue meanwhile: a key in Redis, which ends by itself where its process
// has died. Redis may lose it; what must not happen twice then is decided by the claims on the disk (claims.ts).

export interface Leases {
  /** False: another process has it. */
  take(jobId: string): Promise<boolean>;
  /** False: it is another's, or gone. */
  renew(jobId: string): Promise<boolean>;
  release(jobId: string): Promise<void>;
}

export function leaseKey(jobId: string): string {
  return `${PREFIX}:answering:${jobId}`;
}

/** `keyOf`: of something else than jobs that are being answered for. */
export function createLeases(redis: Redis, node: string, ms: number, keyOf = leaseKey): Leases {
  return {
    take: async (jobId) => (await redis.set(keyOf(jobId), node, 'PX', ms, 'NX')) === 'OK',
    renew: async (jobId) => Number(await redis.eval(RENEW, 1, keyOf(jobId), node, ms)) === 1,
    async release(jobId) {
      await redis.eval(RELEASE, 1, keyOf(jobId), node);
    },
  };
}
