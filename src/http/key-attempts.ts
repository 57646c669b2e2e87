import { KEY_TIMES, type KeyTimes } from '../time-limits.ts';

// Guessing a key is slowed for each address. A class behind one address that knows its key notices nothing:
// what an address has opened once is not slowed again.

/** Wrong keys that an address may send before its attempts wait for turns. Forty pupils may mistype theirs. */
export const FREE_GUESSES = 40;
const MAX_ADDRESSES = 10_000;

interface Attempts {
  wrong: number;
  lastWrongAt: number;
  nextTurnAt: number;
  /** What this address has opened: of a classroom each role. */
  readonly opened: Set<string>;
}

/** Attempts of one process (below), or of all that share a Redis (src/cluster/clients). */
export interface KeyAttempts {
  /**
   * How many milliseconds the answer to an attempt must wait; undefined: too many wait already, refuse it unseen.
   * @param opens what the key opens; undefined: it opens nothing
   */
  waitMs(address: string, opens: string | undefined): Promise<number | undefined>;
}

/** `now`: of a clock that nobody sets. */
export function createKeyAttempts(
  now: () => number = () => performance.now(),
  { forgivenMs, turnMs, longestWaitMs }: KeyTimes = KEY_TIMES,
): KeyAttempts {
  const addresses = new Map<string, Attempts>();

  const attemptsOf = (address: string): Attempts => {
    const known = addresses.get(address);
    if (known !== undefined) return known;
    const [oldest] = addresses.keys();
    if (addresses.size >= MAX_ADDRESSES && oldest !== undefined) addresses.delete(oldest);
    const fresh: Attempts = { wrong: 0, lastWrongAt: 0, nextTurnAt: 0, opened: new Set() };
    addresses.set(address, fresh);
    return fresh;
  };

  return {
    async waitMs(address, opens) {
      const attempts = attemptsOf(address);
      if (opens !== undefined && attempts.opened.has(opens)) return 0;
      const time = now();
      if (time - attempts.lastWrongAt > forgivenMs) attempts.wrong = 0;
      if (attempts.wrong >= FREE_GUESSES) {
        const turnAt = Math.max(time, attempts.nextTurnAt);
        if (turnAt - time > longestWaitMs) return undefined;
        attempts.nextTurnAt = turnAt + turnMs;
        note(attempts, opens, time);
        return turnAt - time;
      }
      note(attempts, opens, time);
      return 0;
    },
  };

  function note(attempts: Attempts, opens: string | undefined, time: number): void {
    if (opens === undefined) {
      attempts.wrong += 1;
      attempts.lastWrongAt = time;
    } else attempts.opened.add(opens);
  }
}
