/** Gives events times that never repeat and never go back, so that events of all jobs can be sorted by time. */
export interface EventClock {
  /** Seconds since the epoch, later than every stamp before it. */
  next(): number;
  /** Go on after this time: a log from before a restart may be ahead of a clock that was set back. */
  advance(seconds: number): void;
  /** The latest stamp given. */
  readonly last: number;
}

const STEP_S = 1e-6;

/** A double keeps microseconds of today's dates apart. */
export function createEventClock(now: () => number = () => Date.now() / 1000): EventClock {
  let last = 0;
  return {
    next() {
      last = Math.round(Math.max(now(), last + STEP_S) / STEP_S) * STEP_S;
      last = Number(last.toFixed(6));
      return last;
    },
    advance(seconds) {
      last = Math.max(last, seconds);
    },
    get last() {
      return last;
    },
  };
}
