import type { EventClock } from '../events/log/clock.ts';

/** So many processes have stamps that are never the same; a step of each is as many microseconds. */
export const CLOCK_SLOTS = 64;
const MICROS = 1e6;

/**
 * The clock of one process among others: like createEventClock, and no stamp is one of another process with another slot.
 * `offsetS`: how far the clock of Redis, by which all go, is ahead of that of this computer.
 */
export function createSharedClock(slot: number, offsetS: () => number, now = () => Date.now() / 1000): EventClock {
  let steps = 0;
  const stampOf = (count: number) => (count * CLOCK_SLOTS + slot) / MICROS;
  return {
    next() {
      steps = Math.max(Math.floor(((now() + offsetS()) * MICROS) / CLOCK_SLOTS), steps + 1);
      return stampOf(steps);
    },
    advance(seconds) {
      steps = Math.max(steps, Math.ceil((seconds * MICROS) / CLOCK_SLOTS));
    },
    get last() {
      return steps === 0 ? 0 : stampOf(steps);
    },
  };
}
