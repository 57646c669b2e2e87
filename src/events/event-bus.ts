import type { AppError } from '../errors.ts';
import type { Client } from '../http/client.ts';
import type { LogOwner, NewEvent, StoredEvent } from './stored-event.ts';
import type { Language } from './language.ts';

/** Which jobs a stream is about. */
export type Scope =
  | { readonly kind: 'job'; readonly workspace: string; readonly jobId: string }
  | { readonly kind: 'project'; readonly workspace: string; readonly projectId: string; readonly client: Client }
  | { readonly kind: 'client'; readonly client: Client };

export interface StreamOptions {
  readonly scope: Scope;
  readonly language: Language;
  readonly lastEventId: string | undefined;
  /** Ends the stream without an error. */
  readonly signal: AbortSignal;
}

/** The append-only log of one job. */
export interface JobLog {
  /** Append in this tick's batch; told to listeners once it is on disk. */
  append(event: NewEvent): void;
  /** Write now what was appended. Throws what the disk says (full, for one). */
  flush(): void;
  readonly lastSeq: number;
}

/** What happened, told to whoever listens. */
export interface EventBus {
  /** Make a job's log known; events already on disk can be replayed, appends go on after the last one. */
  register(owner: LogOwner, path: string): JobLog;
  /** Forget a log whose file was deleted. */
  unregister(jobId: string): void;
  /** All events of a log on disk, oldest first. */
  read(jobId: string): AsyncIterable<StoredEvent>;
  /** Tell the streams of a client that a request of theirs was refused (or anything that belongs to no job). */
  refuse(client: Client, error: AppError): void;
  /** Encoded chunks of an event stream. */
  stream(options: StreamOptions): AsyncGenerator<string>;
  /** Number of open streams, for limits and figures. */
  readonly streams: number;
  /** End every stream and flush. */
  close(): void;
}
