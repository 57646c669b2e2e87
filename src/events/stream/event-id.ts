// The ids of events that a browser sends back to continue where it was.

/** The id of an event on a stream that joins many jobs; on a job's own stream it is the seq alone. */
export interface EventId {
  readonly jobId: string | undefined;
  readonly seq: number;
}

export function formatEventId(jobId: string, seq: number): string {
  return `${jobId}:${seq}`;
}

/** `<jobId>:<seq>` or `<seq>`; anything else is no id of ours. */
export function parseEventId(text: string | undefined): EventId | undefined {
  const match = /^(?:([A-Za-z0-9_-]{1,64}):)?(\d{1,15})$/.exec(text ?? '');
  return match ? { jobId: match[1], seq: Number(match[2]) } : undefined;
}

/** On a job's own stream, where an id of another job says nothing about this one. */
export function parseOwnEventId(text: string | undefined, jobId: string): EventId | undefined {
  const id = parseEventId(text);
  return id?.jobId === undefined || id.jobId === jobId ? id : undefined;
}
