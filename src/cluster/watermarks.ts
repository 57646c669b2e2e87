// Puts the messages of several processes into the order of their stamps.

/**
 * Every process stamps what it writes by its own clock, and promises now and then that everything it will write is later
 * than a stamp: its watermark. What is not later than the lowest watermark can be passed on: nothing before it is to come.
 * So whoever has seen a message has seen all before it, and can go on from its stamp elsewhere.
 */
export interface Watermarks<Message> {
  /** `atMs`: when it was said, by a clock that all messages have in common. */
  promise(node: string, watermark: number, atMs: number): void;
  hold(stamp: number, message: Message): void;
  /** The process says that it ends. */
  leave(node: string): void;
  /** What can be passed on by now, in order. */
  release(): Message[];
  /** Everything up to this stamp was passed on. */
  readonly released: number;
  /** The latest stamp that is held, 0 without any. */
  readonly latest: number;
  /** The processes whose messages come. */
  readonly nodes: ReadonlyMap<string, { readonly watermark: number }>;
}

/** `silentMs`: who says nothing for so long is not waited for any more. */
export function createWatermarks<Message>(silentMs: number): Watermarks<Message> {
  const nodes = new Map<string, { watermark: number; atMs: number }>();
  /** Sorted; those of the same stamp as they came. */
  const held: { readonly stamp: number; readonly message: Message }[] = [];
  let released = 0;
  let nowMs = 0;

  return {
    promise(node, watermark, atMs) {
      // another Redis may have a clock that is behind
      nowMs = atMs;
      nodes.set(node, { watermark, atMs });
    },
    hold(stamp, message) {
      let at = held.length;
      while (at > 0 && (held[at - 1]?.stamp ?? 0) > stamp) at -= 1;
      held.splice(at, 0, { stamp, message });
    },
    leave: (node) => void nodes.delete(node),
    release() {
      for (const [node, { atMs }] of nodes) if (nowMs - atMs > silentMs) nodes.delete(node);
      const lowest = Math.min(...[...nodes.values()].map(({ watermark }) => watermark));
      if (Number.isFinite(lowest)) released = Math.max(released, lowest);
      let count = 0;
      while (count < held.length && (held[count]?.stamp ?? Infinity) <= released) count += 1;
      return held.splice(0, count).map(({ message }) => message);
    },
    get released() {
      return released;
    },
    get latest() {
      return held.at(-1)?.stamp ?? 0;
    },
    nodes,
  };
}
