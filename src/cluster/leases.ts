import { PREFIX, type Redis } from './redis.ts';

// Who has something for a while, such as a job that is not in the queue meanwhile: a key in Redis, which ends by itself
// where its process has died. Redis may lose it; what must not happen twice then is decided by the claims on the disk (claims.ts).

const RENEW =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

export interface Leases {
  /** False: another process has it. */
  take(name: string): Promise<boolean>;
  /** False: it is another's, or gone. */
  renew(name: string): Promise<boolean>;
  release(name: string): Promise<void>;
}

export function leaseKey(jobId: string): string {
  return `${PREFIX}:answering:${jobId}`;
}

/** `holder`: who takes them. `keyOf`: of something else than jobs that are being answered for, by name. */
export function createLeases(redis: Redis, holder: string, ms: number, keyOf = leaseKey): Leases {
  return {
    take: async (name) => (await redis.set(keyOf(name), holder, 'PX', ms, 'NX')) === 'OK',
    renew: async (name) => Number(await redis.eval(RENEW, 1, keyOf(name), holder, ms)) === 1,
    async release(name) {
      await redis.eval(RELEASE, 1, keyOf(name), holder);
    },
  };
}
