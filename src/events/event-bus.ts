import type { AppError } from '../errors.ts';
import type { Client } from '../client.ts';
import type { NewestJob } from './stream/fresh-start.ts';
import type { Language } from '../messages/language.ts';
import type { LogOwner, NewEvent, ProjectOwner, StoredEvent } from './log/stored-event.ts';

/** Which jobs a stream is about. */
export type Scope =
  | { readonly kind: 'job'; readonly workspace: string; readonly jobId: string }
  | { readonly kind: 'project'; readonly projectId: string; readonly client: Client }
  | { readonly kind: 'client'; readonly client: Client };

export interface StreamOptions {
  readonly scope: Scope;
  readonly language: Language;
  /** Start after this event; undefined: with what happens now (a job's own stream: from its first event). */
  readonly lastEventId: string | undefined;
  /** Looked up where there is no last id: a reader who just came is told how this job stands. */
  newestJob?(): NewestJob | undefined;
  /** Ends the stream without an error. */
  readonly signal: AbortSignal;
  /** The reader is too far behind: cut its connection, it can come back with its last id. */
  onDrop(): void;
}

export interface LogOptions {
  /** No event of the log is older. */
  readonly firstTime?: number;
  /** The newest time in the log, where it is known without reading. */
  readonly lastTime?: number;
  /** Nothing more will be appended. */
  readonly finished?: boolean;
  /** The disk did not take a batch: its events are lost, the job should end. */
  onError?(error: Error): void;
}

/** The append-only log of one job. */
export interface JobLog {
  /** Append with the next batch; listeners are told once it is in the file. */
  append(event: NewEvent): void;
  /** Keep the file open between writes, until `finish`: for a job that runs. Those that wait hold none. */
  keepOpen(): void;
  /** Write now what was appended. Throws what the disk says (full, for one). */
  flush(): void;
  /** Flush, and end the streams of this job alone. */
  finish(): void;
}

/** What happened, told to whoever listens. */
export interface EventBus {
  /** Make a job's log known: what is on disk can be replayed, appends go on after the last whole line. */
  register(owner: LogOwner, path: string, options?: LogOptions): JobLog;
  /** Forget a log whose file is being deleted. */
  unregister(jobId: string): void;
  /** All events of a log on disk, oldest first. */
  read(jobId: string): AsyncIterable<StoredEvent>;
  /** Tell the streams of a client that a request of theirs was refused. */
  refuse(client: Client, error: AppError): void;
  /** Tell the listeners of a job something that could not be stored. */
  tell(jobId: string, event: NewEvent): void;
  /** Tell the streams that were opened while this conversion went on something that is not stored. */
  tellFollowers(jobId: string, event: NewEvent): void;
  /** Tell the listeners of a project something that is in no log. */
  notifyProject(project: ProjectOwner, event: NewEvent): void;
  /** Encoded chunks of an event stream. */
  stream(options: StreamOptions): AsyncGenerator<string>;
  /** Whether a job's own stream would have nothing to say after this id, for good. */
  isExhausted(jobId: string, lastEventId: string | undefined, signal: AbortSignal): Promise<boolean>;
  /** Number of open streams, for limits and figures. */
  readonly streams: number;
  /** End every stream, and open none any more. Jobs may still append. */
  endStreams(): void;
  /** Flush, and close the files. */
  close(): void;
}
