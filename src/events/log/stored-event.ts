/**
 * One line of events.jsonl: what a child or the server itself reported, with its position in the job's log.
 * `time` is stamped by the server where it appends, strictly increasing over all jobs, so that a
 * stream that joins many jobs has one order and can be continued from any event.
 */
export interface StoredEvent {
  readonly seq: number;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** An event before it is in a log. */
export interface NewEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Whose log it is, and who may listen. */
export interface LogOwner extends ProjectOwner {
  readonly jobId: string;
}

export interface ProjectOwner {
  readonly workspace: string;
  readonly projectId: string;
  /** Whose streams without ?project_id= are sent it: who asked for the job and who uploaded the project. Grows while the job lasts. */
  readonly addresses: ReadonlySet<string>;
}
