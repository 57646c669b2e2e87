import { createOutbox, type Outbox } from '../events/stream/outbox.ts';
import { encodeComment, encodeRetry } from '../events/stream/sse.ts';
import type { StreamReader } from '../events/stream/sse-reply.ts';
import { STREAM_TIMES } from '../time-limits.ts';
import type { View } from './view.ts';

/** The open streams of one class. */
export interface ClassReaders {
  readonly size: number;
  /** A stream that begins with `beginning`; from this call on it has everything that is sent. */
  open(reader: StreamReader, view: View, beginning: Beginning): AsyncGenerator<string>;
  /** `encode` is called once for the readers that are sent the same. */
  send(encode: (view: View, known: Set<string> | undefined) => string): void;
  endAll(): void;
}

/** What a stream sends first. */
export interface Beginning {
  readonly text: string;
  /** The projects in it, where its reader is not sent all of them. */
  readonly known: Set<string> | undefined;
}

interface Reader {
  readonly outbox: Outbox;
  readonly view: View;
  readonly known: Set<string> | undefined;
}

export function createClassReaders(maxPendingChars: number): ClassReaders {
  const readers = new Set<Reader>();

  async function* take({ outbox }: Reader, beginning: string): AsyncGenerator<string> {
    yield encodeRetry(STREAM_TIMES.retryMs) + encodeComment('class') + beginning;
    for (let chunk = await outbox.next(); chunk !== undefined; chunk = await outbox.next()) yield chunk;
  }

  return {
    get size() {
      return readers.size;
    },
    async *open({ signal, onDrop }, view, { text, known }) {
      const reader = { outbox: createOutbox(maxPendingChars, onDrop), view, known };
      const end = () => reader.outbox.end();
      readers.add(reader);
      signal.addEventListener('abort', end, { once: true });
      try {
        if (!signal.aborted) yield* take(reader, text);
      } finally {
        signal.removeEventListener('abort', end);
        readers.delete(reader);
      }
    },
    send(encode) {
      const texts = new Map<string, string>();
      for (const { outbox, view, known } of readers) {
        const text = texts.get(view.sharedBy ?? '') ?? encode(view, known);
        if (view.sharedBy !== undefined) texts.set(view.sharedBy, text);
        if (text !== '') outbox.push(text);
      }
    },
    endAll() {
      for (const { outbox } of readers) outbox.end();
    },
  };
}
