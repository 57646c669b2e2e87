import { readLog } from './read-log.ts';
import type { LogOwner, StoredEvent } from './stored-event.ts';

// Reads the logs of many jobs as one, in the order in which things happened.

/** A log as replay sees it. */
export interface ReplayLog {
  readonly owner: LogOwner;
  readonly path: string;
  /** No event of the log is older than this stamp. */
  readonly firstTime: number;
  /** The stamp of its newest event. */
  readonly lastTime: number;
}

export interface ReplayRange {
  /** Replay events after this stamp. */
  readonly after: number;
  /** Replay events up to this stamp; later ones reach the stream live. */
  readonly until: number;
}

export interface ReplayedEvents {
  readonly owner: LogOwner;
  readonly events: readonly StoredEvent[];
}

/** Stamps are whole microseconds: this lies between one and the one before. */
const HALF_STEP_S = 5e-7;

/** The stamp of an event in a log; of one that is not there (any more) the newest before it, of seq 0 just before the first. */
export async function timeOfSeq(log: Pick<ReplayLog, 'path'>, seq: number, signal?: AbortSignal): Promise<number> {
  let time: number | undefined;
  for await (const events of readLog(log.path, signal)) {
    for (const event of events) {
      if (event.seq > seq) return time ?? event.time - HALF_STEP_S;
      time = event.time;
    }
  }
  return time ?? 0;
}

/**
 * What the logs hold within the range, in the order in which it happened. Stamps are strictly
 * increasing over all jobs, so the order is the one in which live streams got the events. A log is not
 * read before the order comes to its first event: of hundreds only those of one time are held.
 */
export async function* replay(
  logs: readonly ReplayLog[],
  range: ReplayRange,
  read: ReadLog = readLog,
): AsyncGenerator<ReplayedEvents> {
  const unread = logs
    .filter((log) => log.lastTime > range.after && log.firstTime <= range.until)
    .sort((a, b) => a.firstTime - b.firstTime);
  const begun: BegunLog[] = [];
  for (;;) {
    begun.sort((a, b) => timeOfNext(a) - timeOfNext(b));
    const [first, second] = begun;
    const [next] = unread;
    if (next && (!first || next.firstTime <= timeOfNext(first))) {
      unread.shift();
      const events = eventsWithin(next, range, read);
      await advance({ owner: next.owner, events, piece: [] }, begun);
      continue;
    }
    if (!first) return;
    const limit = Math.min(second ? timeOfNext(second) : Infinity, next?.firstTime ?? Infinity);
    const upTo = first.piece.findIndex((event) => event.time > limit);
    const part = upTo > 0 ? first.piece.slice(0, upTo) : first.piece;
    yield { owner: first.owner, events: part };
    first.piece = first.piece.slice(part.length);
    if (first.piece.length === 0) await advance(first, begun);
  }
}

export type ReadLog = (path: string) => AsyncIterable<StoredEvent[]>;

interface BegunLog {
  readonly owner: LogOwner;
  readonly events: AsyncGenerator<StoredEvent[], undefined>;
  /** What was read and not yet replayed. */
  piece: readonly StoredEvent[];
}

/** Read the next piece; a log that has none is among the begun ones no more. */
async function advance(log: BegunLog, begun: BegunLog[]): Promise<void> {
  const { value } = await log.events.next();
  const index = begun.indexOf(log);
  if (value === undefined) {
    if (index >= 0) begun.splice(index, 1);
    return;
  }
  log.piece = value;
  if (index < 0) begun.push(log);
}

function timeOfNext({ piece }: BegunLog): number {
  return piece[0]?.time ?? Infinity;
}

async function* eventsWithin(
  log: ReplayLog,
  range: ReplayRange,
  read: ReadLog,
): AsyncGenerator<StoredEvent[], undefined> {
  for await (const events of read(log.path)) {
    const within = events.filter((event) => event.time > range.after && event.time <= range.until);
    if (within.length > 0) yield within;
    if ((events.at(-1)?.time ?? 0) > range.until) return undefined;
  }
  return undefined;
}
