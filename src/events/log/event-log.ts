import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { writeAll } from '../../files/write-all.ts';
import type { EventClock } from './clock.ts';
import type { NewEvent, StoredEvent } from './stored-event.ts';

/** The file of one job's events, while it is open for writing. */
export interface EventLog {
  /** Write events as one batch and return them with their numbers. Throws if the disk does not take all of it; then none is in the file. */
  append(events: readonly NewEvent[]): StoredEvent[];
  readonly lastSeq: number;
  close(): void;
}

/** Keeps seq and time at the head of a line, where people look. */
const PLACE_FIRST = { seq: 0, time: 0 };

/**
 * The file of one job: one event a line, a whole batch in one write.
 *
 * Nothing is synced to the platter: what `write` took survives the death of this process, and
 * that is what a `kill -9` tests. A power cut may cost the last seconds of the log, as it costs
 * the training its last checkpoint; syncing thousands of batches would cost every training more.
 * Synchronous, because a few kilobytes into the page cache take microseconds and the order of
 * batches is then simply the order of calls.
 */
export function openEventLog(path: string, clock: EventClock): EventLog {
  const file = openSync(path, 'a+');
  const tail = readTail(file);
  let size = tail.end;
  let seq = tail.last?.seq ?? 0;
  ftruncateSync(file, size);
  clock.advance(tail.last?.time ?? 0);

  return {
    append(events) {
      const stored = events.map((event, index) => ({
        ...PLACE_FIRST,
        ...event,
        seq: seq + 1 + index,
        time: clock.next(),
      }));
      const bytes = Buffer.from(stored.map((event) => `${JSON.stringify(event)}\n`).join(''));
      try {
        writeAll(file, bytes);
      } catch (error) {
        // Half a batch may be in the file.
        ftruncateSync(file, size);
        throw error;
      }
      size += bytes.length;
      seq += events.length;
      return stored;
    },
    get lastSeq() {
      return seq;
    },
    close: () => closeSync(file),
  };
}

/** The last line that is an event, and where it ends: what follows was torn by a crash and is cut off. */
function readTail(file: number): { end: number; last: StoredEvent | undefined } {
  const { size } = fstatSync(file);
  for (let length = Math.min(size, 65_536); length > 0; length = Math.min(size, length * 8)) {
    const tail = Buffer.alloc(length);
    readSync(file, tail, 0, length, size - length);
    const found = lastEventIn(tail, length === size);
    if (found) return { end: size - length + found.end, last: found.event };
    if (length === size) break;
  }
  return { end: 0, last: undefined };
}

function lastEventIn(tail: Buffer, fromStart: boolean): { end: number; event: StoredEvent } | undefined {
  for (let end = tail.lastIndexOf(10); end >= 0; ) {
    const before = end > 0 ? tail.lastIndexOf(10, end - 1) : -1;
    if (before < 0 && !fromStart) return undefined;
    const event = parseStored(tail.toString('utf8', before + 1, end));
    if (event) return { end: end + 1, event };
    end = before;
  }
  return undefined;
}

/** A line of the log; undefined where it is none. */
export function parseStored(line: string): StoredEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isStored(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isStored(value: unknown): value is StoredEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'seq' in value &&
    Number.isInteger(value.seq) &&
    'time' in value &&
    typeof value.time === 'number' &&
    'event' in value &&
    typeof value.event === 'string'
  );
}
