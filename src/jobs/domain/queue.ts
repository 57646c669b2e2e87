import type { QueuePlace } from './job.ts';

export interface QueueItem {
  readonly id: string;
  /** Whose turn it is: one client's jobs take turns with the others'. */
  readonly clientKey: string;
  /** The clients that share one place in each round. */
  readonly group: string;
  readonly place: QueuePlace;
  /** Had begun (it was interrupted, or took the place of one that had): goes before everything that never ran. */
  readonly begun: boolean;
}

/** Which job is next. Holds no jobs, only their places, so that a restart can fill it again. */
export interface Queue {
  /** The place a new job of this client gets. */
  placeFor(clientKey: string, id: string): QueuePlace;
  /**
   * The place that a job of this client gets for its next turn: that of a new job, but behind `next`, to which it leaves
   * its turn, and a round further back if `isLonger`.
   */
  placeAgain(clientKey: string, id: string, next: QueuePlace | undefined, isLonger: boolean): QueuePlace;
  add(item: QueueItem): void;
  /** Take out the next one that may start. */
  take(mayStart?: (id: string) => boolean): QueueItem | undefined;
  /** The next ones of which this is true, so many at most; they stay in the queue. */
  next(isWanted: (id: string) => boolean, most: number): readonly QueueItem[];
  /** False: it was not in the queue. */
  remove(id: string): boolean;
  /** Say that a job was started before this queue was made. */
  noteStarted(clientKey: string, place: QueuePlace): void;
  has(id: string): boolean;
  /** How many jobs of a group wait. */
  waitingOf(group: string): number;
  /** Everything that waits, next first. */
  order(): readonly QueueItem[];
}
