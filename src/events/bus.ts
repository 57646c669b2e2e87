import type { Catalogue } from '../messages/catalogue.ts';
import { STREAM_TIMES } from '../time-limits.ts';
import type { EventBus, EventWatcher } from './event-bus.ts';
import { createEventClock } from './log/clock.ts';
import { readLog } from './log/read-log.ts';
import { createJobLogs } from './log/registry.ts';
import { timeOfSeq } from './log/replay.ts';
import type { LogOwner, NewEvent } from './log/stored-event.ts';
import { createAudience } from './stream/audience.ts';
import { makeBatch } from './stream/batch.ts';
import { parseOwnEventId } from './stream/event-id.ts';
import { openStream } from './stream/open-stream.ts';
import { encodeComment } from './stream/sse.ts';

// The one event bus of the server: it joins the logs of jobs with the streams of those who listen.

export interface BusOptions {
  readonly catalogue: Catalogue;
  readonly keepAliveMs?: number;
  readonly maxPendingChars?: number;
  /** Events within this window are written and sent together. */
  readonly batchMs?: number;
}

const MAX_PENDING_CHARS = 4_000_000;

/** One bus per server. Each event of a job is written to the job's file first, and then sent to its listeners. */
export function createEventBus(options: BusOptions): EventBus {
  const { catalogue, maxPendingChars = MAX_PENDING_CHARS } = options;
  const { keepAliveMs, batchMs } = { ...STREAM_TIMES, ...options };
  const clock = createEventClock();
  const watchers = new Set<EventWatcher>();
  const listenerWatchers = new Set<(workspace: string) => void>();
  const audience = createAudience((workspace) => {
    for (const watch of listenerWatchers) watch(workspace);
  });
  const logs = createJobLogs({
    clock,
    batchMs,
    onStored(owner, stored) {
      audience.notifyJob(owner, makeBatch(stored, owner, catalogue));
      for (const watch of watchers) watch(owner, stored);
    },
    onEnd: (owner) => audience.endJob(owner),
  });
  let streaming = true;

  const keepAlive = setInterval(() => audience.sendAll(encodeComment()), keepAliveMs);
  keepAlive.unref();

  /** An event that is in no log, and so has no id. */
  const unstored = (event: NewEvent, owner?: LogOwner) =>
    makeBatch([{ ...event, time: Date.now() / 1000 }], owner, catalogue);

  return {
    register: (owner, path, logOptions = {}) => logs.register(owner, path, logOptions),
    unregister: (jobId) => logs.unregister(jobId),
    async *read(jobId) {
      const log = logs.get(jobId);
      if (log) for await (const events of readLog(log.path)) yield* events;
    },
    refuse(client, { params, code, message }) {
      audience.notifyClient(client, unstored({ ...params, event: 'error', code, msg: message }));
    },
    notifyJob(jobId, event) {
      const owner = logs.get(jobId)?.owner;
      if (owner) audience.notifyJob(owner, unstored(event, owner));
    },
    notifyFollowers: (jobId, event) => audience.notifyFollowers(jobId, unstored(event, logs.get(jobId)?.owner)),
    notifyProject: (project, event) => audience.notifyProject(project, unstored(event)),
    watch: (watcher) => void watchers.add(watcher),
    listeners: (workspace) => audience.listeners(workspace),
    watchListeners: (watcher) => void listenerWatchers.add(watcher),
    async *stream(stream) {
      if (!streaming || stream.signal.aborted) return;
      yield* openStream({ logs, audience, clock, catalogue, maxPendingChars }, stream);
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
