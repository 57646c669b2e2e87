import type { EventClock } from './clock.ts';
import type { JobLog, LogOptions } from './job-log.ts';
import { openEventLog, type EventLog } from './event-log.ts';
import type { ReplayLog } from './replay.ts';
import type { LogOwner, NewEvent, StoredEvent } from './stored-event.ts';

// The event logs of all jobs. What happens is gathered for some milliseconds and written at once.

/** What the logs need, and what they report. */
export interface JobLogsOptions {
  readonly clock: EventClock;
  /** Events within this window are written together. */
  readonly batchMs: number;
  /** At most between the time at which a job has ended, as its record says, and the stamp of its last event. */
  readonly lastEventS: number;
  /** A batch is in the file. */
  onStored(owner: LogOwner, events: readonly StoredEvent[]): void;
  /** Nothing more will be appended. */
  onEnd(owner: LogOwner): void;
  onForgotten(owner: LogOwner): void;
  /** Whether this process may append (any more); what it may not write is dropped. */
  mayWrite(jobId: string): boolean;
}

/** A log as its readers see it. */
export interface ReadableLog extends ReplayLog {
  readonly finished: boolean;
}

/** The event logs of all jobs that are known: appended in batches, one write each. */
export interface JobLogs {
  register(owner: LogOwner, path: string, options: LogOptions): JobLog;
  unregister(jobId: string): void;
  get(jobId: string): ReadableLog | undefined;
  all(): Iterable<ReadableLog>;
  /** An event of this stamp is in the file; perhaps another process has written it. */
  noteStored(jobId: string, time: number): void;
  noteEnd(jobId: string): void;
  /** Write what waits for its batch. */
  flush(): void;
  /** Flush, and take no more. */
  close(): void;
}

interface OpenLog extends ReadableLog {
  readonly onError: ((error: Error) => void) | undefined;
  finished: boolean;
  keptOpen: boolean;
  add(event: NewEvent): void;
  flush(): void;
  closeFile(): void;
  noteStored(time: number): void;
  noteEnd(): void;
}

export function createJobLogs(options: JobLogsOptions): JobLogs {
  const logs = new Map<string, OpenLog>();
  const dirty = new Set<OpenLog>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const flushLog = (log: OpenLog) => {
    dirty.delete(log);
    log.flush();
  };

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const log of dirty) {
      try {
        flushLog(log);
      } catch (error) {
        log.onError?.(error instanceof Error ? error : new Error(String(error)));
      }
    }
  };

  const writerOf = (log: OpenLog): JobLog => ({
    append(event) {
      if (closed) return;
      log.add(event);
      dirty.add(log);
      timer ??= setTimeout(flush, options.batchMs);
    },
    keepOpen() {
      log.keptOpen = true;
    },
    release() {
      log.keptOpen = false;
      log.closeFile();
    },
    flush: () => flushLog(log),
    finish() {
      try {
        flushLog(log);
      } finally {
        log.finished = true;
        log.closeFile();
        options.onEnd(log.owner);
      }
    },
  });

  return {
    register(owner, path, logOptions) {
      const log = openLog(owner, path, logOptions, options);
      logs.set(owner.jobId, log);
      return writerOf(log);
    },
    unregister(jobId) {
      const log = logs.get(jobId);
      if (!log) return;
      logs.delete(jobId);
      dirty.delete(log);
      log.closeFile();
      options.onForgotten(log.owner);
    },
    noteStored: (jobId, time) => logs.get(jobId)?.noteStored(time),
    noteEnd: (jobId) => logs.get(jobId)?.noteEnd(),
    get: (jobId) => logs.get(jobId),
    all: () => logs.values(),
    flush,
    close() {
      flush();
      closed = true;
      for (const log of logs.values()) log.closeFile();
    },
  };
}

/** Throws where the disk does not take it. */
function openLog(
  owner: LogOwner,
  path: string,
  { firstTime = 0, lastTime = 0, finished = false, isShared = false, onError }: LogOptions,
  { clock, lastEventS, onStored, mayWrite }: Omit<JobLogsOptions, 'batchMs' | 'onEnd' | 'onForgotten'>,
): OpenLog {
  let file: EventLog | undefined;
  let pending: NewEvent[] = [];
  // What others append is not known before it is read. The last event comes just after a job has ended.
  let newest = isShared ? (finished ? lastTime + lastEventS : Infinity) : lastTime;
  let seen = 0;
  const log: OpenLog = {
    owner,
    path,
    firstTime,
    get lastTime() {
      return newest;
    },
    finished,
    keptOpen: false,
    onError,
    add: (event) => void pending.push(event),
    // Stamps are given here and not in `add`, so that the batches of several jobs do not
    // interleave: a stream cut between two batches has then missed exactly what has a later stamp.
    flush() {
      if (pending.length === 0) return;
      const events = pending;
      pending = [];
      if (!mayWrite(owner.jobId)) return;
      file ??= openEventLog(path, clock);
      const stored = file.append(events);
      if (!isShared) newest = clock.last;
      onStored(owner, stored);
      if (!log.keptOpen) log.closeFile();
    },
    noteStored(time) {
      seen = Math.max(seen, time);
      if (!isShared) newest = Math.max(newest, time);
    },
    noteEnd() {
      log.finished = true;
      if (isShared && seen > 0) newest = seen;
    },
    closeFile() {
      file?.close();
      file = undefined;
    },
  };
  clock.advance(lastTime);
  if (!finished && !isShared) {
    // Opened here to know that the disk takes it, and where it ends.
    openEventLog(path, clock).close();
    newest = clock.last;
  }
  return log;
}
