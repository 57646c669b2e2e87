import type { Client } from '../client.ts';
import type { AppError } from '../errors.ts';
import type { JobLog, LogOptions } from './log/job-log.ts';
import type { LogOwner, NewEvent, ProjectOwner, StoredEvent } from './log/stored-event.ts';
import type { StreamOptions } from './stream/open-stream.ts';

export type EventWatcher = (owner: LogOwner, events: readonly StoredEvent[]) => void;

/** What happens to jobs: written to a log for each job, and sent to the event streams of whoever follows them. */
export interface EventBus {
  /** Make a job's log known: what is on disk can be replayed, appends go on after the last whole line. */
  register(owner: LogOwner, path: string, options?: LogOptions): JobLog;
  /** Forget a log whose file is being deleted. */
  unregister(jobId: string): void;
  /** All events of a log on disk, oldest first. */
  read(jobId: string): AsyncIterable<StoredEvent>;
  /** Notify the streams of a client that a request of theirs was refused. */
  refuse(client: Client, error: AppError): void;
  /** Notify the listeners of a job of something that could not be stored. */
  notifyJob(jobId: string, event: NewEvent): void;
  /** The same, of the streams of this process alone. */
  notifyJobHere(jobId: string, event: NewEvent): void;
  /** Notify the streams that were opened while this conversion went on of something that is not stored. */
  notifyFollowers(jobId: string, event: NewEvent): void;
  /** Notify the listeners of a project of something that is in no log. */
  notifyProject(project: ProjectOwner, event: NewEvent): void;
  /** Be called with what every job has written to its log. */
  watch(watcher: EventWatcher): void;
  /** The addresses of the streams that follow a classroom's projects, once for each stream: these are IDEs. */
  listeners(workspace: string): readonly string[];
  /** Be called with the classroom when such a stream comes or goes. */
  watchListeners(watcher: (workspace: string) => void): void;
  /** Encoded chunks of an event stream. */
  stream(options: StreamOptions): AsyncGenerator<string>;
  /** Whether a job's own stream would have nothing to say after this id, for good. */
  isExhausted(jobId: string, lastEventId: string | undefined, signal: AbortSignal): Promise<boolean>;
  /** Number of open streams, for limits and figures. */
  readonly streams: number;
  /** End every stream: their readers come back, and go on from the logs. */
  restartStreams(): void;
  /** End every stream, and open none any more. Jobs may still append. */
  endStreams(): void;
  /** Flush, and close the files. */
  close(): void;
}
