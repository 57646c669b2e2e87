import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * JSON that takes minutes, as one answer: white space, which JSON allows in front, goes out while
 * it is made, so that no proxy or browser takes the silence for a dead connection. `undefined`
 * ends the answer without it: its reader has left.
 */
export function slowJson(answer: Promise<object | undefined>, everyMs: number): Readable {
  return Readable.from(chunks(answer, everyMs), { objectMode: false });
}

async function* chunks(answer: Promise<object | undefined>, everyMs: number): AsyncGenerator<string> {
  const done = answer.then((value) => ({ value }));
  for (;;) {
    const timer = new AbortController();
    const pause = delay(everyMs, undefined, { signal: timer.signal }).catch(() => undefined);
    const result = await Promise.race([done, pause]).finally(() => timer.abort());
    if (result) {
      if (result.value) yield JSON.stringify(result.value);
      return;
    }
    yield '\n';
  }
}
