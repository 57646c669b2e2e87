import type { Language } from '../../messages/language.ts';
import type { Catalogue } from '../../messages/catalogue.ts';
import { STREAM_TIMES } from '../../time-limits.ts';
import { readLog } from '../log/read-log.ts';
import type { JobLogs } from '../log/registry.ts';
import { replay, timeOfSeq, type ReplayLog } from '../log/replay.ts';
import type { LogOwner } from '../log/stored-event.ts';
import type { Audience } from './audience.ts';
import { makeBatch, resetEvent, type PlacedEvent, type StreamForm } from './batch.ts';
import { parseEventId, parseOwnEventId } from './event-id.ts';
import { failureAgain, jobSoFar, type NewestJob } from './fresh-start.ts';
import { isInScope, type Scope } from './scope.ts';
import { encodeComment, encodeRetry } from './sse.ts';
import { createSubscriber } from './subscriber.ts';

// One event stream from its beginning to its end.

export interface StreamOptions {
  readonly scope: Scope;
  readonly language: Language;
  /** Start after this event; undefined: with what happens now (a job's own stream: from its first event). */
  readonly lastEventId: string | undefined;
  /** Looked up where there is no last id: a reader who just came is shown how this job stands. */
  newestJob?(): NewestJob | undefined;
  /** Ends the stream without an error. */
  readonly signal: AbortSignal;
  /** The reader is too far behind: cut its connection, it can come back with its last id. */
  onDrop(): void;
}

/** Where the events of a stream come from: the files of the logs, and those who are notified of new ones. */
export interface StreamSources {
  readonly logs: Pick<JobLogs, 'get' | 'all' | 'flush'>;
  readonly audience: Pick<Audience, 'join'>;
  /** Up to where everything is in the files. */
  readonly relay: { readonly received: number };
  readonly catalogue: Catalogue;
  /** A reader that is further behind is dropped. */
  readonly maxPendingChars: number;
}

/** What a stream shows before anything new happens. */
interface Beginning {
  /** After which event of which log it continues; undefined without an id, or where its log is not known. */
  readonly start: { readonly log: ReplayLog; readonly seq: number | undefined } | undefined;
  /** The reader's last id belongs to no job that it may follow (any more). */
  readonly isReset: boolean;
  /** For a reader that just came. */
  readonly newest: NewestJob | undefined;
  /** As its log says: a job's state is written before its last event. */
  readonly newestRuns: boolean;
}

interface PastEvents {
  readonly owner: LogOwner;
  readonly events: readonly PlacedEvent[];
}

/** The encoded chunks of one event stream: what happened before, read from the logs, then what happens from now on. */
export async function* openStream(sources: StreamSources, options: StreamOptions): AsyncGenerator<string> {
  const { logs, catalogue } = sources;
  const { scope, signal } = options;
  // From here on everything new is kept for this reader; what is older is read from the files.
  logs.flush();
  const until = sources.relay.received;
  const beginning = beginningOf(logs, options);
  const form = formOf(options, beginning);
  const subscriber = createSubscriber(form, sources.maxPendingChars, options.onDrop);
  const leave = sources.audience.join(subscriber, scope);
  const end = () => subscriber.end();
  signal.addEventListener('abort', end, { once: true });
  try {
    yield encodeRetry(STREAM_TIMES.retryMs) + encodeComment('listening');
    if (beginning.isReset) yield makeBatch([resetEvent(Date.now() / 1000)], undefined, catalogue).encode(form);
    for await (const { owner, events } of pastEvents(logs, options, beginning, until)) {
      if (signal.aborted) return;
      yield makeBatch(events, owner, catalogue).encode(form);
    }
    if (scope.kind === 'job' && isFinished(logs, scope.jobId)) end();
    for (let chunk = await subscriber.next(); chunk !== undefined; chunk = await subscriber.next()) yield chunk;
  } finally {
    signal.removeEventListener('abort', end);
    leave();
  }
}

function beginningOf(logs: StreamSources['logs'], options: StreamOptions): Beginning {
  const { scope, lastEventId } = options;
  const id = scope.kind === 'job' ? parseOwnEventId(lastEventId, scope.jobId) : parseEventId(lastEventId);
  const log = logs.get(scope.kind === 'job' ? scope.jobId : (id?.jobId ?? ''));
  const start = log && isInScope(scope, log.owner) ? { log, seq: id?.seq } : undefined;
  const isReset = lastEventId !== undefined && start === undefined;
  const newest = lastEventId === undefined || isReset ? options.newestJob?.() : undefined;
  return { start, isReset, newest, newestRuns: newest !== undefined && !isFinished(logs, newest.jobId) };
}

function formOf({ scope, language }: StreamOptions, { newest, newestRuns }: Beginning): StreamForm {
  return {
    language,
    kind: scope.kind === 'job' ? 'job' : 'listen',
    conversion: newest?.kind === 'convert' && newestRuns ? newest.jobId : undefined,
  };
}

/** What a reader missed since its last id, or how the newest job stands for one that has none. */
async function* pastEvents(
  logs: StreamSources['logs'],
  { scope, signal }: StreamOptions,
  { start, newest, newestRuns }: Beginning,
  until: number,
): AsyncGenerator<PastEvents> {
  if (start !== undefined) {
    const after = start.seq === undefined ? 0 : await timeOfSeq(start.log, start.seq, signal);
    const inScope = [...logs.all()].filter((log) => isInScope(scope, log.owner));
    yield* replay(inScope, { after, until }, (path) => readLog(path, signal));
  }
  const log = newest && logs.get(newest.jobId);
  if (!newest || !log) return;
  const { owner, path } = log;
  if (newestRuns) {
    for await (const events of jobSoFar(newest, path, until)) yield { owner, events };
  } else if (newest.failure) {
    const notice = await failureAgain(path, newest.failure, Date.now() / 1000);
    if (notice) yield { owner, events: [notice] };
  }
}

function isFinished(logs: StreamSources['logs'], jobId: string): boolean {
  return logs.get(jobId)?.finished !== false;
}
