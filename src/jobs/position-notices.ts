import { JOB_TIMES } from '../time-limits.ts';
import { isWorthTelling, type Place } from './domain/places.ts';
import { reasonOf } from './domain/reasons.ts';
import type { JobBook } from './job-book.ts';

export interface PositionNotices {
  /** Positions may have changed. */
  schedule(): void;
  close(): void;
}

/** Waiting clients are notified of their position in the queue. `positions` has those of now. */
export function createPositionNotices(
  book: Pick<JobBook, 'log'>,
  positions: () => ReadonlyMap<string, Place>,
): PositionNotices {
  let announced = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const announce = () => {
    timer = undefined;
    const before = announced;
    announced = new Map();
    for (const [id, { place, etaS }] of positions()) {
      const last = before.get(id);
      const isNews = isWorthTelling(last, place);
      announced.set(id, isNews ? place : (last ?? place));
      if (!isNews) continue;
      const reason = reasonOf('queue_place', { place, ...(etaS > 0 ? { eta_s: etaS } : {}) });
      book.log(id).append({ event: 'notice', ...reason });
    }
  };

  return {
    schedule() {
      timer ??= setTimeout(announce, JOB_TIMES.positionNoticeMs);
    },
    close: () => clearTimeout(timer),
  };
}
