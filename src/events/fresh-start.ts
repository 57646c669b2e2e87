import type { PlacedEvent } from './batch.ts';
import { readLog } from './read-log.ts';
import type { StoredEvent } from './stored-event.ts';

/** The newest job of what a stream follows, as the place that knows jobs says. */
export interface NewestJob {
  readonly jobId: string;
  readonly kind: 'train' | 'convert';
  /** Why and when (seconds since the epoch) it failed. */
  readonly failure?: { readonly reason: Readonly<Record<string, unknown>>; readonly at: number };
}

/** After a reload a pupil still wants to know why; much later nobody does. */
const FAILURE_REPEATED_S = 600;

/** A training that waits or runs, for a reader who just came: its log and curve begin anew, and the curve so far is drawn. */
export async function* trainingSoFar(path: string, until: number): AsyncGenerator<readonly PlacedEvent[]> {
  let newest: StoredEvent | undefined;
  for await (const events of readLog(path)) {
    const within = events.filter(({ time }) => time <= until);
    const first = newest ?? within[0];
    const told: PlacedEvent[] = within.filter(({ event }) => event === 'initial' || event === 'epoch_end');
    // Without its `initial` (a full disk took it not) the points would be added to those that the IDE kept.
    if (newest === undefined && first !== undefined && first.event !== 'initial') told.unshift({ event: 'initial', time: first.time });
    if (told.length > 0) yield told;
    newest = within.at(-1) ?? newest;
    if (within.length < events.length) break;
  }
  if (newest?.code === 'queue_place') yield [newest];
}

/** The reason of a failure once more. A notice, because the IDE is no longer stuck. */
export async function failureAgain(path: string, { reason, at }: NonNullable<NewestJob['failure']>, now: number): Promise<PlacedEvent | undefined> {
  if (now - at >= FAILURE_REPEATED_S) return undefined;
  let last: StoredEvent | undefined;
  for await (const events of readLog(path)) last = events.at(-1) ?? last;
  const stored = last?.event === 'error' ? { time: last.time, seq: last.seq } : { time: at };
  return { ...reason, event: 'notice', ...stored };
}
