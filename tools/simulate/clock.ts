import { SortedList } from '../../src/jobs/domain/sorted-list.ts';

// Time that passes as fast as the computer counts: what is due happens in order, and nothing waits.

interface Due {
  readonly atS: number;
  readonly order: number;
  readonly happen: () => void;
}

export interface Clock {
  /** Seconds since the beginning. */
  readonly nowS: number;
  after(seconds: number, happen: () => void): void;
  /** Let everything happen. Throws if it does not come to an end. */
  run(): void;
}

/** Far more than a class of thousands needs: beyond it something goes round in circles. */
const MOST_EVENTS = 5_000_000;

export function createClock(mostEvents = MOST_EVENTS): Clock {
  const due = new SortedList<Due>(
    (one, other) => one.atS < other.atS || (one.atS === other.atS && one.order < other.order),
  );
  let nowS = 0;
  let order = 0;
  return {
    get nowS() {
      return nowS;
    },
    after(seconds, happen) {
      due.add({ atS: nowS + seconds, order: order++, happen });
    },
    run() {
      for (let events = 0; due.size > 0; events += 1) {
        if (events > mostEvents) throw new Error(`the simulation does not end: ${events} events, ${nowS} s`);
        const [next] = due;
        if (!next) break;
        due.remove(next);
        nowS = next.atS;
        next.happen();
      }
    },
  };
}
