/** Waiting work of many clients: each in its own order, one after the other in turn. */
export interface Turns<Item> {
  push(client: string, item: Item): void;
  /** The next item: of the client that was served longest ago. */
  take(): Item | undefined;
  /** Take an item out that nobody waits for any more; false if it is not there. */
  remove(client: string, item: Item): boolean;
  count(of: (item: Item) => boolean): number;
  readonly size: number;
  /** Everything that waits, leaving nothing. */
  takeAll(): Item[];
}

export function createTurns<Item>(): Turns<Item> {
  /** Clients in the order of their turns: whoever was served goes to the end. */
  const waiting = new Map<string, Item[]>();
  let size = 0;

  return {
    push(client, item) {
      const own = waiting.get(client) ?? [];
      own.push(item);
      waiting.set(client, own);
      size += 1;
    },
    take() {
      const [first] = waiting;
      if (first === undefined) return undefined;
      const [client, own] = first;
      waiting.delete(client);
      const item = own.shift();
      if (own.length > 0) waiting.set(client, own);
      size -= 1;
      return item;
    },
    remove(client, item) {
      const own = waiting.get(client) ?? [];
      const index = own.indexOf(item);
      if (index < 0) return false;
      own.splice(index, 1);
      if (own.length === 0) waiting.delete(client);
      size -= 1;
      return true;
    },
    count: (of) => [...waiting.values()].flat().filter(of).length,
    get size() {
      return size;
    },
    takeAll() {
      const all = [...waiting.values()].flat();
      waiting.clear();
      size = 0;
      return all;
    },
  };
}
