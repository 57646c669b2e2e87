import { createReadStream } from 'node:fs';
import { parseStored } from './event-log.ts';
import type { StoredEvent } from './stored-event.ts';

/** Events of a log file in order, a read's worth at a time. A missing file is an empty log; a torn last line is left out. */
export async function* readLog(path: string): AsyncGenerator<StoredEvent[]> {
  let rest = '';
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024 });
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      const events = lines.map(parseStored).filter((event) => event !== undefined);
      if (events.length > 0) yield events;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
