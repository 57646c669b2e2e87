import { STREAM_TIMES } from '../../time-limits.ts';
import type { PlacedEvent } from './batch.ts';
import { readLog } from '../log/read-log.ts';
import type { StoredEvent } from '../log/stored-event.ts';

// What a reader is shown who opens a stream anew, for example after a reload of the page.

/** The newest job among those that a stream follows. */
export interface NewestJob {
  readonly jobId: string;
  readonly kind: 'train' | 'convert';
  /** A training that starts only when the conversion of its project has ended. */
  readonly waitsForConversion: boolean;
  /** Why and when (seconds since the epoch) it failed. */
  readonly failure?: { readonly reason: Readonly<Record<string, unknown>>; readonly at: number };
}

/**
 * A job that waits or runs, for a reader who just came. Of a training the log and the curve begin anew, and the curve
 * so far is drawn. A job that waits says for what; of a conversion that runs nothing is said until it ends.
 */
export async function* jobSoFar(
  { kind, waitsForConversion }: Pick<NewestJob, 'kind' | 'waitsForConversion'>,
  path: string,
  until: number,
): AsyncGenerator<readonly PlacedEvent[]> {
  let newest: StoredEvent | undefined;
  const waiting = new Map<unknown, StoredEvent>();
  for await (const events of readLog(path)) {
    const within = events.filter(({ time }) => time <= until);
    const first = newest ?? within[0];
    const shown: PlacedEvent[] =
      kind === 'train' ? within.filter(({ event }) => event === 'initial' || event === 'epoch_end') : [];
    // Without its `initial` (a full disk took it not) the points would be added to those that the IDE kept.
    if (kind === 'train' && newest === undefined && first !== undefined && first.event !== 'initial')
      shown.unshift({ event: 'initial', time: first.time });
    if (shown.length > 0) yield shown;
    newest = within.at(-1) ?? newest;
    for (const event of within)
      if (event.code === 'queue_place' || (event.code === 'waits_for_conversion' && waitsForConversion))
        waiting.set(event.code, event);
    if (within.length < events.length) break;
  }
  if (newest && waiting.has(newest.code)) yield [...waiting.values()].sort((a, b) => a.seq - b.seq);
}

/** The reason of a failure once more. A notice, because the IDE is no longer stuck. */
export async function failureAgain(
  path: string,
  { reason, at }: NonNullable<NewestJob['failure']>,
  now: number,
): Promise<PlacedEvent | undefined> {
  if (now - at >= STREAM_TIMES.failureRepeatedS) return undefined;
  let last: StoredEvent | undefined;
  for await (const events of readLog(path)) last = events.at(-1) ?? last;
  const stored = last?.event === 'error' ? { time: last.time, seq: last.seq } : { time: at };
  return { ...reason, event: 'notice', ...stored };
}
