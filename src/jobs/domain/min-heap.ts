/** Numbers of which only the least one is asked for: with hundreds of slots, no look at all of them for each job. */
export class MinHeap {
  readonly #values: number[];

  constructor(values: readonly number[]) {
    // a sorted list is a heap
    this.#values = [...values].sort((a, b) => a - b);
  }

  get size(): number {
    return this.#values.length;
  }

  /** Of an empty one: 0. */
  get least(): number {
    return this.#values[0] ?? 0;
  }

  replaceLeast(value: number): void {
    const values = this.#values;
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const smaller = (values[right] ?? Infinity) < (values[left] ?? Infinity) ? right : left;
      const below = values[smaller];
      if (below === undefined || below >= value) break;
      values[at] = below;
      at = smaller;
    }
    values[at] = value;
  }
}
