import { createOutbox, type Outbox } from '../events/stream/outbox.ts';
import { encodeComment, encodeRetry } from '../events/stream/sse.ts';
import type { StreamReader } from '../events/stream/sse-reply.ts';
import type { Language } from '../messages/language.ts';
import { STREAM_TIMES } from '../time-limits.ts';

/** The open streams of one class. */
export interface ClassReaders {
  readonly size: number;
  /** A stream that begins with `beginning`; from this call on it has everything that is sent. */
  open(reader: StreamReader, language: Language, beginning: string): AsyncGenerator<string>;
  /** `encode` is called once for each language that somebody reads. */
  send(encode: (language: Language) => string): void;
  endAll(): void;
}

interface Reader {
  readonly outbox: Outbox;
  readonly language: Language;
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
    async *open({ signal, onDrop }, language, beginning) {
      const reader = { outbox: createOutbox(maxPendingChars, onDrop), language };
      const end = () => reader.outbox.end();
      readers.add(reader);
      signal.addEventListener('abort', end, { once: true });
      try {
        if (!signal.aborted) yield* take(reader, beginning);
      } finally {
        signal.removeEventListener('abort', end);
        readers.delete(reader);
      }
    },
    send(encode) {
      const texts = new Map<Language, string>();
      for (const { outbox, language } of readers) {
        const text = texts.get(language) ?? encode(language);
        texts.set(language, text);
        outbox.push(text);
      }
    },
    endAll() {
      for (const { outbox } of readers) outbox.end();
    },
  };
}
