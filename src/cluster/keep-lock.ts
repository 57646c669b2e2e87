import type { ClusterTimes } from './times.ts';
import { within } from './redis.ts';

export interface Lock {
  stop(): void;
}

/** So much of the time of a lock may pass without a renewal: then the child is ended, before another process has the job. */
const SHARE_OF_LOCK = 0.8;

/**
 * Renews a lock. Where it is lost, or Redis gives no answer for too long, what it is for must not go on.
 * `renew`: false where it is another's, or gone; rejects where Redis does not answer.
 */
export function keepLock(
  renew: () => Promise<boolean>,
  { lockMs, renewMs }: Pick<ClusterTimes, 'lockMs' | 'renewMs'>,
  onLost: () => void,
): Lock {
  let renewedAt = performance.now();
  const lost = () => {
    clearInterval(timer);
    onLost();
  };
  const look = async () => {
    const askedAt = performance.now();
    if (askedAt - renewedAt > SHARE_OF_LOCK * lockMs) return lost();
    try {
      if (!(await within(renew(), renewMs))) return lost();
      renewedAt = askedAt;
    } catch {
      if (performance.now() - renewedAt > SHARE_OF_LOCK * lockMs) lost();
    }
  };
  const timer = setInterval(() => void look(), renewMs);
  return { stop: () => clearInterval(timer) };
}
