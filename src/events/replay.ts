import { readLog } from './read-log.ts';
import type { LogOwner, StoredEvent } from './stored-event.ts';

/** A log as replay sees it. */
export interface ReplayLog {
  readonly owner: LogOwner;
  readonly path: string;
  /** Stamp of its newest event. */
  readonly lastTime: number;
}

export interface ReplayRange {
  /** Stamps after this one … */
  readonly after: number;
  /** … up to this one; later events reach the stream live. */
  readonly until: number;
}

export interface ReplayedEvents {
  readonly owner: LogOwner;
  readonly events: readonly StoredEvent[];
}

/** Stamps are whole microseconds: this lies between one and the one before. */
const HALF_STEP_S = 5e-7;

/** The stamp of an event in a log; of one that is not there (any more) the newest before it, of seq 0 just before the first. */
export async function timeOfSeq(log: ReplayLog, seq: number): Promise<number> {
  let time: number | undefined;
  for await (const events of readLog(log.path)) {
    for (const event of events) {
      if (event.seq > seq) return time ?? event.time - HALF_STEP_S;
      time = event.time;
    }
  }
  return time ?? 0;
}

/**
 * What the logs hold within the range, in the order in which it happened. Stamps are strictly
 * increasing over all jobs, so the order is the one in which live streams were told.
 */
export async function* replay(logs: readonly ReplayLog[], range: ReplayRange): AsyncGenerator<ReplayedEvents> {
  const readers = logs.filter((log) => log.lastTime > range.after).map((log) => eventsWithin(log, range));
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  for (;;) {
    const [first, second] = firstTwo(heads);
    if (first === undefined) return;
    const head = heads[first]?.value;
    const reader = readers[first];
    if (!head || !reader) return;
    const limit = second === undefined ? Infinity : (heads[second]?.value?.events[0]?.time ?? Infinity);
    const upTo = head.events.findIndex((event) => event.time > limit);
    if (upTo > 0) {
      yield { owner: head.owner, events: head.events.slice(0, upTo) };
      heads[first] = { done: false, value: { owner: head.owner, events: head.events.slice(upTo) } };
    } else {
      yield head;
      heads[first] = await reader.next();
    }
  }
}

async function* eventsWithin(log: ReplayLog, range: ReplayRange): AsyncGenerator<ReplayedEvents, undefined> {
  for await (const events of readLog(log.path)) {
    const within = events.filter((event) => event.time > range.after && event.time <= range.until);
    if (within.length > 0) yield { owner: log.owner, events: within };
    if ((events.at(-1)?.time ?? 0) > range.until) return undefined;
  }
  return undefined;
}

/** The two logs whose next events are the oldest. */
function firstTwo(heads: readonly IteratorResult<ReplayedEvents, undefined>[]): readonly [number | undefined, number | undefined] {
  const order = heads
    .map((head, index) => ({ index, time: head.value?.events[0]?.time ?? Infinity }))
    .filter(({ time }) => time < Infinity)
    .sort((a, b) => a.time - b.time);
  return [order[0]?.index, order[1]?.index];
}
