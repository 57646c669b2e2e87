import type { JobLog } from '../events/log/job-log.ts';
import { JOB_TIMES } from '../time-limits.ts';
import { isWorthNotifying, type Position } from './domain/positions.ts';
import { reasonOf } from './domain/reasons.ts';
import type { JobRegistry } from './job-registry.ts';
import { createPace } from './pace.ts';

// Notifies waiting clients when their position in the queue changes.

export interface PositionNotices {
  /** Positions may have changed. */
  schedule(): void;
  /** A training has left its turn: the notice of that says its position, too. */
  noteYielded(jobId: string): void;
  close(): void;
}

/** Waiting clients are notified of their position in the queue. `positions` has those of now. */
export function createPositionNotices(
  registry: Pick<JobRegistry, 'get'> & { log(jobId: string): Pick<JobLog, 'append'> },
  positions: () => ReadonlyMap<string, Position>,
): PositionNotices {
  let announced = new Map<string, number>();
  const yielded = new Set<string>();
  const pace = createPace();
  let timer: NodeJS.Timeout | undefined;

  const announce = () => {
    const before = announced;
    announced = new Map();
    for (const [id, { position, etaS }] of positions()) {
      const last = before.get(id);
      const isNews = isWorthNotifying(last, position);
      announced.set(id, isNews ? position : (last ?? position));
      if (!isNews) continue;
      const reached = registry.get(id)?.yielded;
      const reason = reasonOf(yielded.has(id) ? 'yielded' : 'queue_place', {
        place: position,
        ...(etaS > 0 ? { eta_s: etaS } : {}),
        ...(reached ? { epoch: reached.epoch, max_epoch: reached.maxEpoch } : {}),
      });
      registry.log(id).append({ event: 'notice', ...reason });
    }
    yielded.clear();
  };

  return {
    schedule() {
      timer ??= setTimeout(() => {
        timer = undefined;
        pace.run(announce);
      }, pace.restMs(JOB_TIMES.positionNoticeMs));
    },
    noteYielded(jobId) {
      yielded.add(jobId);
    },
    close: () => clearTimeout(timer),
  };
}
