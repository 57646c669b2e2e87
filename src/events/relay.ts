import type { Client } from '../client.ts';
import { createEventClock, type EventClock } from './log/clock.ts';
import type { LogOwner, NewEvent, ProjectOwner, StoredEvent } from './log/stored-event.ts';

/** What event streams are notified of. */
export type RelayMessage =
  /** Events of a job that are in its log. */
  | { readonly kind: 'stored'; readonly owner: LogOwner; readonly events: readonly StoredEvent[] }
  /** Nothing more comes to its log. */
  | { readonly kind: 'end'; readonly owner: LogOwner }
  /** Events that are in no log. */
  | { readonly kind: 'client'; readonly client: Client; readonly event: NewEvent }
  | { readonly kind: 'job'; readonly owner: LogOwner; readonly event: NewEvent }
  | {
      readonly kind: 'followers';
      readonly jobId: string;
      readonly owner?: LogOwner | undefined;
      readonly event: NewEvent;
    }
  | { readonly kind: 'project'; readonly project: ProjectOwner; readonly event: NewEvent };

/**
 * The way of events from the log to the streams: within this process, or between all processes that share the projects.
 * Messages come in the order of their stamps.
 */
export interface EventRelay {
  /** Stamps what this process writes. */
  readonly clock: EventClock;
  /** The stamp up to which everything has come: what is older is in the logs, what is newer is still to come. */
  readonly received: number;
  /** Whether this process may append to the log of a job (any more). */
  mayWrite(jobId: string): boolean;
  send(message: RelayMessage): void;
  receive(receiver: (message: RelayMessage) => void): void;
}

/** Streams and writers are one process: what is sent has come. */
export function createLocalRelay(): EventRelay {
  const clock = createEventClock();
  const receivers: ((message: RelayMessage) => void)[] = [];
  return {
    clock,
    get received() {
      return clock.last;
    },
    mayWrite: () => true,
    send(message) {
      for (const receiver of receivers) receiver(message);
    },
    receive: (receiver) => void receivers.push(receiver),
  };
}
