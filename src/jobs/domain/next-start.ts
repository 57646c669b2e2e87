import type { FreeSlots, Want } from './free-slots.ts';
import type { Job } from './job.ts';
import type { Queue } from './queue.ts';

// Which job starts next, and whether it shares a slot with others.

/** A job that can start now, and what it takes. */
export interface NextStart {
  readonly id: string;
  readonly want: Exclude<Want, 'beside'>;
}

export interface StartOptions {
  readonly queue: Pick<Queue, 'next'>;
  mayStart(jobId: string): boolean;
  jobOf(jobId: string): Job | undefined;
  readonly free: Pick<FreeSlots, 'has' | 'slots' | 'hasFreeThread'>;
  /** How many share a slot here; 1: none do. */
  readonly sharing: number;
  /** Whether there is memory for one more job beside others. */
  hasMemory(): boolean;
}

/** The next job of the queue if there is room for it. Nothing behind it overtakes it: it would wait for ever for a whole slot. */
export function nextStart(options: StartOptions): NextStart | undefined {
  const { queue, mayStart, jobOf, free, sharing, hasMemory } = options;
  // those that fill a slot, and one for each other slot that is free
  const crowd = sharing + Math.max(0, free.slots - 1);
  const waiting = queue.next(mayStart, crowd);
  const [next] = waiting;
  if (next === undefined) return undefined;
  const job = jobOf(next.id);
  if (job === undefined || !mayHaveThread(job)) return free.has('slot') ? { id: next.id, want: 'slot' } : undefined;
  const isOnlyShared = free.hasFreeThread && !free.has('slot');
  if (isOnlyShared && !hasMemory()) return undefined;
  // fewer have their models earlier on average one after the other, each with all threads
  const isCrowd = sharing > 1 && waiting.length === crowd && waiting.every(({ id }) => isOneToShare(jobOf(id)));
  const want = job.oneThread || isOnlyShared || (isCrowd && hasMemory()) ? 'thread' : 'slot';
  return free.has(want) ? { id: next.id, want } : undefined;
}

/** How many jobs wait that could start; more than could leave their turn for them are not counted. */
export function countStarts(
  { queue, mayStart }: Pick<StartOptions, 'queue' | 'mayStart'>,
  slots: number,
  running: number,
): number {
  return queue.next(mayStart, Math.max(slots, running)).length;
}

/**
 * Whether it may have one thread of a slot. A training of sounds gains little by a second one. Its first start decides, and
 * it has as many threads in all its turns: the last bits of its weights depend on their number.
 */
export function mayHaveThread(job: Job): boolean {
  return job.kind === 'train' && job.projectType === 'VOICE_CLASSIFICATION' && (job.oneThread === true || isNew(job));
}

function isOneToShare(job: Job | undefined): boolean {
  return job !== undefined && mayHaveThread(job);
}

function isNew({ attempt, stopped, yielded }: Job): boolean {
  return attempt === 0 && stopped !== true && yielded === undefined;
}
