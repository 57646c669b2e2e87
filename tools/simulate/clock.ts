import { SortedList } from '../../src/jobs/domain/sorted-list.ts';

// Time that passes as fast as the computer counts: what is due happens in order, and nothing waits.

interface Due {
  readonly atS: number;
  readonly order: number;
  readonly happen: () => unknown;
}

export interface Clock {
  /** Seconds since the beginning. */
  readonly nowS: number;
  after(seconds: number, happen: () => unknown): void;
  /** Let everything happen. Throws if it does not come to an end. */
  run(): void;
  /** The same where something that happens asks a real Redis: no time passes meanwhile, and nothing else happens. */
  runInTurn(): Promise<void>;
}

/** Far more than a class of thousands needs: beyond it something goes round in circles. */
const MOST_EVENTS = 5_000_000;

export function createClock(mostEvents = MOST_EVENTS): Clock {
  const due = new SortedList<Due>(
    (one, other) => one.atS < other.atS || (one.atS === other.atS && one.order < other.order),
  );
  let nowS = 0;
  let order = 0;
  /** Time goes on to what is due next. Undefined: nothing is. */
  const next = (events: number) => {
    if (events > mostEvents) throw new Error(`the simulation does not end: ${events} events, ${nowS} s`);
    const [first] = due;
    if (!first) return undefined;
    due.remove(first);
    nowS = first.atS;
    return first.happen;
  };
  return {
    get nowS() {
      return nowS;
    },
    after(seconds, happen) {
      due.add({ atS: nowS + seconds, order: order++, happen });
    },
    run() {
      let events = 0;
      for (let happen = next(events); happen; happen = next((events += 1))) happen();
    },
    async runInTurn() {
      let events = 0;
      for (let happen = next(events); happen; happen = next((events += 1))) await happen();
    },
  };
}
