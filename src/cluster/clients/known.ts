/** What one process remembers of so many keys; the oldest is forgotten for a new one. */
export interface Known<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

export function createKnown<Value>(max: number): Known<Value> {
  const known = new Map<string, Value>();
  return {
    get: (key) => known.get(key),
    set(key, value) {
      known.delete(key);
      const [oldest] = known.keys();
      if (known.size >= max && oldest !== undefined) known.delete(oldest);
      known.set(key, value);
    },
  };
}
