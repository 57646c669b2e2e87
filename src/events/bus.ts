import type { Client } from '../client.ts';
import { STREAM_TIMES } from '../time-limits.ts';
import { createAudience, isInScope } from './stream/audience.ts';
import { makeBatch, resetEvent, type PlacedEvent, type StreamForm } from './stream/batch.ts';
import { createEventClock } from './log/clock.ts';
import type { EventBus, Scope, StreamOptions } from './event-bus.ts';
import { parseEventId, parseOwnEventId } from './stream/event-id.ts';
import { failureAgain, jobSoFar, type NewestJob } from './stream/fresh-start.ts';
import { createJobLogs } from './log/registry.ts';
import type { Catalogue } from '../messages/catalogue.ts';
import { readLog } from './log/read-log.ts';
import { replay, timeOfSeq, type ReplayLog } from './log/replay.ts';
import { encodeComment, encodeRetry } from './stream/sse.ts';
import type { LogOwner } from './log/stored-event.ts';
import { createSubscriber } from './stream/subscriber.ts';

export interface BusOptions {
  readonly catalogue: Catalogue;
  readonly keepAliveMs?: number;
  readonly maxPendingChars?: number;
  /** Events within this window are written and sent together. */
  readonly batchMs?: number;
}

const MAX_PENDING_CHARS = 4_000_000;

/** One bus per server: what it was told is first in a job's file, then with its listeners. */
export function createEventBus(options: BusOptions): EventBus {
  const { catalogue, maxPendingChars = MAX_PENDING_CHARS } = options;
  const { keepAliveMs, batchMs } = { ...STREAM_TIMES, ...options };
  const clock = createEventClock();
  const audience = createAudience();
  const logs = createJobLogs({
    clock,
    batchMs,
    onStored: (owner, stored) => audience.tellJob(owner, makeBatch(stored, owner, catalogue)),
    onEnd: (owner) => audience.endJob(owner),
  });
  let streaming = true;

  const keepAlive = setInterval(() => audience.tellAll(encodeComment()), keepAliveMs);
  keepAlive.unref();

  const inScope = (scope: Scope) => [...logs.all()].filter((log) => isInScope(scope, log.owner));

  /** Where a stream begins: in which log, after which event. Undefined without an id, or where its job is not known (any more) or another client's. */
  const startOf = ({ scope, lastEventId }: StreamOptions): { log: ReplayLog; seq: number | undefined } | undefined => {
    const id = scope.kind === 'job' ? parseOwnEventId(lastEventId, scope.jobId) : parseEventId(lastEventId);
    const log = logs.get(scope.kind === 'job' ? scope.jobId : (id?.jobId ?? ''));
    return log && isInScope(scope, log.owner) ? { log, seq: id?.seq } : undefined;
  };

  const isFinished = (jobId: string) => logs.get(jobId)?.finished !== false;

  /** What a stream without a last id begins with. `isRunning` as the log says: a job's state is written before its last event. */
  async function* freshStart(
    job: NewestJob,
    isRunning: boolean,
    until: number,
  ): AsyncGenerator<{ owner: LogOwner; events: readonly PlacedEvent[] }> {
    const { jobId, failure } = job;
    const log = logs.get(jobId);
    if (!log) return;
    const { owner, path } = log;
    if (isRunning) {
      for await (const events of jobSoFar(job, path, until)) yield { owner, events };
    } else if (failure) {
      const notice = await failureAgain(path, failure, Date.now() / 1000);
      if (notice) yield { owner, events: [notice] };
    }
  }

  return {
    register: (owner, path, logOptions = {}) => logs.register(owner, path, logOptions),
    unregister: (jobId) => logs.unregister(jobId),
    async *read(jobId) {
      const log = logs.get(jobId);
      if (log) for await (const events of readLog(log.path)) yield* events;
    },
    refuse(client: Client, error) {
      const event = { event: 'error', time: Date.now() / 1000, ...error.params, code: error.code, msg: error.message };
      audience.tellClient(client, makeBatch([event], undefined, catalogue));
    },
    tell(jobId, event) {
      const log = logs.get(jobId);
      if (log) audience.tellJob(log.owner, makeBatch([{ ...event, time: Date.now() / 1000 }], log.owner, catalogue));
    },
    tellFollowers(jobId, event) {
      audience.tellFollowers(
        jobId,
        makeBatch([{ ...event, time: Date.now() / 1000 }], logs.get(jobId)?.owner, catalogue),
      );
    },
    notifyProject(project, event) {
      audience.notifyProject(project, makeBatch([{ ...event, time: Date.now() / 1000 }], undefined, catalogue));
    },
    async *stream(stream) {
      if (!streaming || stream.signal.aborted) return;
      // From here on everything new is kept for this reader; what is older is read from the files.
      logs.flush();
      const until = clock.last;
      const start = startOf(stream);
      const isReset = stream.lastEventId !== undefined && start === undefined;
      const newest = stream.lastEventId === undefined || isReset ? stream.newestJob?.() : undefined;
      const isRunning = newest !== undefined && !isFinished(newest.jobId);
      const form: StreamForm = {
        language: stream.language,
        kind: stream.scope.kind === 'job' ? 'job' : 'listen',
        conversion: newest?.kind === 'convert' && isRunning ? newest.jobId : undefined,
      };
      const subscriber = createSubscriber(form, maxPendingChars, stream.onDrop);
      const leave = audience.join(subscriber, stream.scope);
      const end = () => subscriber.end();
      stream.signal.addEventListener('abort', end, { once: true });
      try {
        yield encodeRetry(STREAM_TIMES.retryMs) + encodeComment('listening');
        if (isReset) yield makeBatch([resetEvent(Date.now() / 1000)], undefined, catalogue).encode(form);
        if (start !== undefined) {
          const after = start.seq === undefined ? 0 : await timeOfSeq(start.log, start.seq, stream.signal);
          for await (const { owner, events } of replay(inScope(stream.scope), { after, until }, (path) =>
            readLog(path, stream.signal),
          )) {
            if (stream.signal.aborted) return;
            yield makeBatch(events, owner, catalogue).encode(form);
          }
        }
        for await (const { owner, events } of newest ? freshStart(newest, isRunning, until) : []) {
          if (stream.signal.aborted) return;
          yield makeBatch(events, owner, catalogue).encode(form);
        }
        if (stream.scope.kind === 'job' && isFinished(stream.scope.jobId)) subscriber.end();
        for (let chunk = await subscriber.next(); chunk !== undefined; chunk = await subscriber.next()) yield chunk;
      } finally {
        stream.signal.removeEventListener('abort', end);
        leave();
      }
    },
    async isExhausted(jobId, lastEventId, signal) {
      const log = logs.get(jobId);
      const id = parseOwnEventId(lastEventId, jobId);
      if (!log?.finished || !id) return false;
      return (await timeOfSeq(log, Number.MAX_SAFE_INTEGER, signal)) <= (await timeOfSeq(log, id.seq, signal));
    },
    get streams() {
      return audience.size;
    },
    endStreams() {
      streaming = false;
      clearInterval(keepAlive);
      logs.flush();
      audience.endAll();
    },
    close: () => logs.close(),
  };
}
