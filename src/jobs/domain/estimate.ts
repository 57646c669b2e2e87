import type { JobKind } from './job.ts';

/** Guesses before the first job of a kind has ended, in seconds: a small project on two cores. */
const FIRST_GUESS: Readonly<Record<JobKind, number>> = { train: 120, convert: 20 };
/** How much the newest duration counts. */
const WEIGHT = 0.3;

export interface Durations {
  note(kind: JobKind, seconds: number): void;
  of(kind: JobKind): number;
}

/** How long jobs take here: a moving average by kind. */
export function createDurations(): Durations {
  const mean = new Map<JobKind, number>();
  return {
    note(kind, seconds) {
      const before = mean.get(kind);
      mean.set(kind, before === undefined ? seconds : before + WEIGHT * (seconds - before));
    },
    of: (kind) => mean.get(kind) ?? FIRST_GUESS[kind],
  };
}

/** Seconds until each waiting job starts, when each takes the slot that is free first. */
export function estimateWaits(
  activeRemaining: readonly number[],
  waitingDurations: readonly number[],
  slots: number,
): number[] {
  const freeAt = [
    ...activeRemaining.map((seconds) => Math.max(0, seconds)),
    ...Array<number>(Math.max(0, slots - activeRemaining.length)).fill(0),
  ];
  return waitingDurations.map((duration) => {
    freeAt.sort((a, b) => a - b);
    const start = freeAt[0] ?? 0;
    freeAt[0] = start + duration;
    return start;
  });
}
