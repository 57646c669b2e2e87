// Work that takes longer the more there is in the queue is done more rarely then, so that it never takes up the process.

/** No more than this part of the time goes into it. */
const SHARE = 0.1;
/** What takes less is done whenever it is asked for. */
const WORTH_MS = 2;

export interface Pace {
  run<Value>(task: () => Value): Value;
  /** Milliseconds to wait before the next time: so many at least. */
  restMs(leastMs: number): number;
}

export function createPace(now: () => number = () => performance.now()): Pace {
  let tookMs = 0;
  return {
    run(task) {
      const begun = now();
      const value = task();
      tookMs = now() - begun;
      return value;
    },
    restMs: (leastMs) => (tookMs < WORTH_MS ? leastMs : Math.max(leastMs, tookMs / SHARE - tookMs)),
  };
}

/** The same answer is given again for as long as `createPace` would rest. */
export function reused<Value>(make: () => Value, now: () => number = () => performance.now()): () => Value {
  const pace = createPace(now);
  let last: { readonly value: Value; readonly untilMs: number } | undefined;
  return () => {
    if (last === undefined || now() >= last.untilMs) {
      const value = pace.run(make);
      last = { value, untilMs: now() + pace.restMs(0) };
    }
    return last.value;
  };
}
