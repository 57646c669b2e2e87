import { setTimeout as pause } from 'node:timers/promises';
import { serverBusy } from '../errors.ts';
import { type ProjectRef, refKey } from '../projects/project.ts';
import { keepLock } from './keep-lock.ts';
import { createLeases } from './leases.ts';
import type { ClusterNode } from './node.ts';
import { PREFIX, type Redis, within } from './redis.ts';
import type { ClusterTimes } from './times.ts';

// Comparisons of board and network after a conversion: the worker that converted makes them. Others must know that it
// reads photos of a project, since these may be about to be deleted for good.

export interface ComparisonsOptions {
  readonly redis: Redis;
  readonly node: Pick<ClusterNode, 'name' | 'send'>;
  readonly times: ClusterTimes;
  onError(error: unknown): void;
}

export interface Comparisons {
  /** One begins; the result is called when it is over. `onLost`: Redis may have said to others that there is none. */
  begin(ref: ProjectRef, onLost: () => void): () => void;
  /** Resolves when no process compares anything of the project. */
  end(ref: ProjectRef): Promise<void>;
}

export function createComparisons({ redis, node, times, onError }: ComparisonsOptions): Comparisons {
  const keyOf = (name: string) => `${PREFIX}:comparing:${name}`;
  const leases = createLeases(redis, node.name, times.lockMs, keyOf);
  return {
    begin(ref, onLost) {
      const name = refKey(ref);
      const taken = leases.take(name).catch(onError);
      const lock = keepLock(() => leases.renew(name), times, onLost);
      return () => {
        lock.stop();
        void taken.then(() => leases.release(name)).catch(onError);
      };
    },
    async end(ref) {
      const end = performance.now() + times.stopWaitMs;
      do {
        // each time, as a message may be lost
        node.send({ kind: 'compare no more', ref });
        const isThere = await within(redis.exists(keyOf(refKey(ref))), times.lockMs);
        if (isThere === 0) return;
        await pause(times.lookAgainMs);
      } while (performance.now() < end);
      throw serverBusy();
    },
  };
}
