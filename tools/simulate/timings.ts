// How long the operations of a queue take, of each kind.

export interface Timings {
  /** Do it, and note how long it took. */
  time<Value>(operation: string, task: () => Promise<Value> | Value): Promise<Value>;
  /** Of each kind: how many, and milliseconds. */
  rows(): readonly TimingRow[];
}

export interface TimingRow {
  readonly operation: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

export function createTimings(now: () => number = () => performance.now()): Timings {
  const taken = new Map<string, number[]>();
  return {
    async time(operation, task) {
      const begun = now();
      const value = await task();
      const all = taken.get(operation) ?? [];
      all.push(now() - begun);
      taken.set(operation, all);
      return value;
    },
    rows: () =>
      [...taken].map(([operation, all]) => {
        const sorted = all.toSorted((a, b) => a - b);
        const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
        return { operation, count: all.length, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
      }),
  };
}
