import type { Catalogue } from '../messages/catalogue.ts';
import { STREAM_TIMES } from '../time-limits.ts';
import type { EventBus, EventWatcher } from './event-bus.ts';
import { readLog } from './log/read-log.ts';
import { createJobLogs, type JobLogs } from './log/registry.ts';
import { timeOfSeq } from './log/replay.ts';
import type { LogOwner, NewEvent } from './log/stored-event.ts';
import { createLocalRelay, type EventRelay, type RelayMessage } from './relay.ts';
import { type Audience, createAudience } from './stream/audience.ts';
import { type Batch, makeBatch } from './stream/batch.ts';
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
  /** Left out: the writers of logs and the streams are this process. */
  readonly relay?: EventRelay;
}

const MAX_PENDING_CHARS = 4_000_000;

/** One bus per server. Each event of a job is written to the job's file first, and then sent to its listeners. */
export function createEventBus(options: BusOptions): EventBus {
  const { catalogue, maxPendingChars = MAX_PENDING_CHARS, relay = createLocalRelay() } = options;
  const { keepAliveMs, batchMs, lastEventS } = { ...STREAM_TIMES, ...options };
  const watchers = new Set<EventWatcher>();
  const listenerWatchers = new Set<(workspace: string) => void>();
  const audience = createAudience((workspace) => {
    for (const watch of listenerWatchers) watch(workspace);
  });
  const logs = createJobLogs({
    clock: relay.clock,
    batchMs,
    lastEventS,
    mayWrite: relay.mayWrite,
    onStored: (owner, events) => relay.send({ kind: 'stored', owner, events }),
    onEnd: (owner) => relay.send({ kind: 'end', owner }),
    onForgotten: (owner) => audience.endJob(owner),
  });
  let streaming = true;

  const keepAlive = setInterval(() => audience.sendAll(encodeComment()), keepAliveMs).unref();

  /** An event that is in no log, and so has no id. */
  const unstored = (event: NewEvent, owner?: LogOwner) =>
    makeBatch([{ ...event, time: Date.now() / 1000 }], owner, catalogue);

  relay.receive(receiver({ logs, audience, watchers, catalogue, unstored }));

  return {
    register: (owner, path, logOptions = {}) => logs.register(owner, path, logOptions),
    unregister: (jobId) => logs.unregister(jobId),
    async *read(jobId) {
      const log = logs.get(jobId);
      if (log) for await (const events of readLog(log.path)) yield* events;
    },
    refuse(client, { params, code, message }) {
      relay.send({ kind: 'client', client, event: { ...params, event: 'error', code, msg: message } });
    },
    notifyJob(jobId, event) {
      const owner = logs.get(jobId)?.owner;
      if (owner) relay.send({ kind: 'job', owner, event });
    },
    notifyFollowers: (jobId, event) => relay.send({ kind: 'followers', jobId, owner: logs.get(jobId)?.owner, event }),
    notifyProject: (project, event) => relay.send({ kind: 'project', project, event }),
    notifyJobHere(jobId, event) {
      const owner = logs.get(jobId)?.owner;
      if (owner) audience.notifyJob(owner, unstored(event, owner));
    },
    watch: (watcher) => void watchers.add(watcher),
    listeners: (workspace) => audience.listeners(workspace),
    watchListeners: (watcher) => void listenerWatchers.add(watcher),
    async *stream(stream) {
      if (!streaming || stream.signal.aborted) return;
      yield* openStream({ logs, audience, relay, catalogue, maxPendingChars }, stream);
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
    restartStreams: () => audience.endAll(),
    endStreams() {
      streaming = false;
      clearInterval(keepAlive);
      logs.flush();
      audience.endAll();
    },
    close: () => logs.close(),
  };
}

/** What is in no log. */
function notifyOf(
  audience: Audience,
  message: Exclude<RelayMessage, { kind: 'stored' | 'end' }>,
  unstored: (event: NewEvent, owner?: LogOwner) => Batch,
): void {
  const { kind, event } = message;
  if (kind === 'client') audience.notifyClient(message.client, unstored(event));
  else if (kind === 'job') audience.notifyJob(message.owner, unstored(event, message.owner));
  else if (kind === 'followers') audience.notifyFollowers(message.jobId, unstored(event, message.owner));
  else audience.notifyProject(message.project, unstored(event));
}

interface Receiving {
  readonly logs: Pick<JobLogs, 'noteStored' | 'noteEnd'>;
  readonly audience: Audience;
  readonly watchers: ReadonlySet<EventWatcher>;
  readonly catalogue: Catalogue;
  unstored(event: NewEvent, owner?: LogOwner): Batch;
}

/** What is done with each message that has come. */
function receiver({ logs, audience, watchers, catalogue, unstored }: Receiving): (message: RelayMessage) => void {
  return (message) => {
    if (message.kind === 'stored') {
      const { owner, events } = message;
      logs.noteStored(owner.jobId, events.at(-1)?.time ?? 0);
      audience.notifyJob(owner, makeBatch(events, owner, catalogue));
      for (const watch of watchers) watch(owner, events);
    } else if (message.kind === 'end') {
      logs.noteEnd(message.owner.jobId);
      audience.endJob(message.owner);
    } else {
      notifyOf(audience, message, unstored);
    }
  };
}
