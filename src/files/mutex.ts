/** Runs tasks of one key one after the other, of different keys side by side: of this process, or of several. */
export interface Exclusion {
  run<Value>(key: string, task: () => Promise<Value>): Promise<Value>;
}

/** The tasks of this process alone. */
export class KeyedMutex implements Exclusion {
  readonly #tails = new Map<string, Promise<unknown>>();

  run<Value>(key: string, task: () => Promise<Value>): Promise<Value> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(task);
    const tail = result
      .catch(() => undefined)
      .then(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
    this.#tails.set(key, tail);
    return result;
  }
}

/**
 * Runs `task` for a key once at a time. Who asks while it runs gets the result of the next run, which begins
 * afterwards, together with all others who asked: nobody gets what was true before the question.
 */
export function shareRuns<Value>(task: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const running = new Map<string, Promise<unknown>>();
  const next = new Map<string, Promise<Value>>();
  return (key) => {
    const waiting = next.get(key);
    if (waiting !== undefined) return waiting;
    const run = (async () => {
      await running.get(key)?.catch(() => undefined);
      next.delete(key);
      const own = task(key);
      running.set(key, own);
      try {
        return await own;
      } finally {
        if (running.get(key) === own) running.delete(key);
      }
    })();
    next.set(key, run);
    return run;
  };
}
