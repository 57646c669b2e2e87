import type { OutputLine } from '../../child/child.ts';
import type { OutputItem } from './protocol.ts';

// What a child has written and the web server has not got yet, in its order and with a largest size.

export interface OutputQueue {
  lines(lines: readonly OutputLine[]): void;
  stderr(chunk: Buffer): void;
  /** The next ones that fit into a request; they stay until `took`. Empty: there are none. */
  next(): readonly OutputItem[];
  took(count: number): void;
  /** Resolves when there is something, or `close` was called. */
  whenSome(): Promise<void>;
  close(): void;
  readonly isClosed: boolean;
}

const AT_ONCE = 2_000;
/** Of one request; JSON may write a character as six. */
const REQUEST_CHARS = 600_000;
/** Where the network is slower than the child writes. */
const MOST_CHARS = 16_000_000;

export function createOutputQueue(): OutputQueue {
  let items: OutputItem[] = [];
  let chars = 0;
  let isClosed = false;
  let wake = () => {};

  const add = (item: OutputItem) => {
    // what says how far within an epoch a training is, and what is no event, which is for people alone
    if (chars > MOST_CHARS && isDispensable(item)) return;
    items.push(item);
    chars += charsOf(item);
    wake();
  };

  return {
    lines: (lines) => lines.forEach((line) => add(line)),
    stderr: (chunk) => add({ stderr: chunk.toString('base64') }),
    next() {
      let size = 0;
      const end = items.findIndex((item, at) => {
        size += charsOf(item);
        return at >= AT_ONCE || (at > 0 && size > REQUEST_CHARS);
      });
      return items.slice(0, end < 0 ? items.length : end);
    },
    took(count) {
      for (const item of items.slice(0, count)) chars -= charsOf(item);
      items = items.slice(count);
    },
    whenSome: async () => {
      if (items.length > 0 || isClosed) return;
      await new Promise<void>((resolve) => (wake = resolve));
    },
    close() {
      isClosed = true;
      wake();
    },
    get isClosed() {
      return isClosed;
    },
  };
}

function charsOf(item: OutputItem): number {
  if ('stderr' in item) return item.stderr.length;
  return 'text' in item ? item.text.length : item.head.length;
}

function isDispensable(item: OutputItem): boolean {
  return !('text' in item) || !item.text.startsWith('{') || /^\{"event": ?"batch_/.test(item.text);
}
