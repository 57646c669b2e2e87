// A sorted list that stays fast with 100,000 items.

/** Longer chunks make searching faster and moving slower. */
const MAX_CHUNK = 512;

/**
 * Items in order. They lie in chunks, so that adding or removing one of 100,000 moves a few hundred
 * and compares about seventeen. `isBefore` must order any two items.
 */
export class SortedList<Item> implements Iterable<Item> {
  readonly #isBefore: (one: Item, other: Item) => boolean;
  readonly #chunks: Item[][] = [];
  #size = 0;

  constructor(isBefore: (one: Item, other: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#size;
  }

  get last(): Item | undefined {
    return this.#chunks.at(-1)?.at(-1);
  }

  add(item: Item): void {
    const index = Math.min(this.#chunkOf(item), Math.max(0, this.#chunks.length - 1));
    const chunk = this.#chunks[index] ?? [];
    if (this.#chunks.length === 0) this.#chunks.push(chunk);
    chunk.splice(this.#positionIn(chunk, item), 0, item);
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(index + 1, 0, chunk.splice(MAX_CHUNK / 2));
    this.#size += 1;
  }

  /** False: it is not there. */
  remove(item: Item): boolean {
    const index = this.#chunkOf(item);
    const chunk = this.#chunks[index] ?? [];
    const position = this.#positionIn(chunk, item);
    if (chunk[position] !== item) return false;
    chunk.splice(position, 1);
    if (chunk.length === 0) this.#chunks.splice(index, 1);
    this.#size -= 1;
    return true;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  /** The first chunk that does not end before the item; one too far if all do. */
  #chunkOf(item: Item): number {
    return firstIndex(this.#chunks, (chunk) => !this.#endsBefore(chunk, item));
  }

  #endsBefore(chunk: readonly Item[], item: Item): boolean {
    const last = chunk.at(-1);
    return last !== undefined && this.#isBefore(last, item);
  }

  #positionIn(chunk: readonly Item[], item: Item): number {
    return firstIndex(chunk, (other) => !this.#isBefore(other, item));
  }
}

/** Of items that are not such first and such afterwards, the first that is; their number if none is. */
function firstIndex<Item>(items: readonly Item[], isSuch: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSuch(items[middle] as Item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
