/** What one reader of an event stream has not taken yet. */
export interface Outbox {
  /** Everything pushed since the last call, as one chunk; undefined at the end. Waits if there is nothing. */
  next(): Promise<string | undefined>;
  push(chunk: string): void;
  /** End after what is pending. */
  end(): void;
}

/**
 * A reader with more than `maxPendingChars` pending is dropped: it can come back with its last id, and memory stays
 * bounded however many readers take nothing.
 */
export function createOutbox(maxPendingChars: number, onDrop: () => void): Outbox {
  let pending: string[] = [];
  let size = 0;
  let ended = false;
  let wake: (() => void) | undefined;

  const stop = () => {
    ended = true;
    wake?.();
  };

  return {
    async next() {
      while (pending.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      wake = undefined;
      if (pending.length === 0) return undefined;
      const chunk = pending.join('');
      pending = [];
      size = 0;
      return chunk;
    },
    push(chunk) {
      if (ended) return;
      size += chunk.length;
      if (size > maxPendingChars) {
        pending = [];
        stop();
        return onDrop();
      }
      pending.push(chunk);
      wake?.();
    },
    end: stop,
  };
}
