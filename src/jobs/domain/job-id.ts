import { randomBytes } from 'node:crypto';

// Makes the ids of jobs.

/** Nine digits of base 36 hold milliseconds until the year 5188. */
const TIME_DIGITS = 9;

export interface JobIds {
  next(): string;
  /** Go on after an id from before a restart, should the clock have been set back. */
  advance(id: string): void;
}

/** Ids that sort by time, also within a millisecond, and that two servers do not share. */
export function createJobIds(now: () => number = Date.now): JobIds {
  let last = 0;
  return {
    next() {
      last = Math.max(now(), last + 1);
      return `${last.toString(36).padStart(TIME_DIGITS, '0')}-${randomBytes(3).toString('hex')}`;
    },
    advance(id) {
      const time = Number.parseInt(id.slice(0, TIME_DIGITS), 36);
      if (Number.isFinite(time)) last = Math.max(last, time);
    },
  };
}
