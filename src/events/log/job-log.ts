import type { NewEvent } from './stored-event.ts';

/** The append-only log of one job, for whoever runs the job. */
export interface JobLog {
  /** Append with the next batch; listeners are notified once it is in the file. */
  append(event: NewEvent): void;
  /** Keep the file open between writes, until `release` or `finish`: for a job that runs. Those that wait hold none. */
  keepOpen(): void;
  /** Keep it open no longer: the job waits again. */
  release(): void;
  /** Write now what was appended. Throws what the disk says (full, for one). */
  flush(): void;
  /** Flush, and end the streams of this job alone. */
  finish(): void;
}

export interface LogOptions {
  /** No event of the log is older. */
  readonly firstTime?: number;
  /** The newest time in the log, where it is known without reading. */
  readonly lastTime?: number;
  /** Other processes append to it, too: the file is not looked at before this one does. */
  readonly isShared?: boolean;
  /** Nothing more will be appended. */
  readonly finished?: boolean;
  /** The disk did not take a batch: its events are lost, the job should end. */
  onError?(error: Error): void;
}
