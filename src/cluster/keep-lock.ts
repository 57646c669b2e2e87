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
  let isOver = false;
  const stop = () => {
    isOver = true;
    clearInterval(timer);
  };
  const lost = () => {
    // a renewal may be under way while it is let go
    if (isOver) return;
    stop();
    onLost();
  };
  const look = async () => {
    const askedAt = performance.now();
    if (askedAt - renewedAt > SHARE_OF_LOCK * lockMs) return lost();
    // without an answer: the next look says whether it was the last one
    const isRenewed = await within(renew(), renewMs).catch(() => undefined);
    if (isRenewed === false) lost();
    if (isRenewed === true) renewedAt = askedAt;
  };
  const timer = setInterval(() => void look(), renewMs);
  return { stop };
}
