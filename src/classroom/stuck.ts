import type { Card } from './schemas.ts';

/** What is known of a project, as far as it says who needs help. */
export interface Progress {
  readonly state: Card['state'];
  readonly samples: number;
  /** The one label that its model says for everything. */
  readonly sameAnswer: string | null;
  /** Nobody of the class waits longer. */
  readonly waitsLongest: boolean;
}

/** Why a teacher should look at this project; null: it goes on by itself. */
export function stuckBy({ state, samples, sameAnswer, waitsLongest }: Progress): Card['stuck'] {
  if (samples === 0) return 'no_samples';
  if (state === 'failed') return 'failed';
  if (state === 'waiting') return waitsLongest ? 'waits' : null;
  return sameAnswer !== null && state !== 'active' ? 'same_answer' : null;
}

/** Who waits longest, if several wait. A project that waits alone is next, and so not stuck. */
export function longestWaiting(
  projects: Iterable<{ readonly id: string; readonly state: Card['state']; readonly since: number }>,
): string | undefined {
  const waiting = [...projects].filter(({ state }) => state === 'waiting');
  if (waiting.length < 2) return undefined;
  return waiting.reduce((first, other) => (other.since < first.since ? other : first)).id;
}
