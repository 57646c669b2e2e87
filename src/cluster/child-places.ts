import type { WarmPool } from '../child/warm-pool.ts';
import type { ChildPlace } from '../jobs/run/attempts.ts';
import type { Hub } from './remote/hub.ts';

/** Children of this computer's slots and of those of hosts, by the number of the slot. */
export function withHosts(
  pool: Pick<WarmPool, 'prepare'> & ChildPlace,
  hub: Hub | undefined,
): Pick<WarmPool, 'prepare'> & ChildPlace {
  if (hub === undefined) return pool;
  return {
    prepare: (slot) => pool.prepare(slot),
    take: (slot, handlers, job) =>
      hub.isOwn(slot) ? { child: hub.take(slot, handlers, job.id).child, warm: false } : pool.take(slot, handlers, job),
  };
}
