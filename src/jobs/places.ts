import { estimateWaits, type Durations } from './estimate.ts';
import type { Job } from './job.ts';

export interface Place {
  /** 1 is next. */
  readonly place: number;
  /** Seconds until it starts, estimated. */
  readonly etaS: number;
}

/** Up to here every change of a place is told; further back those by a tenth, since each costs a write. */
const TOLD_EXACTLY = 100;
const TOLD_CHANGE = 0.1;

/** Whether somebody who was told a place wants to hear the new one. */
export function isWorthTelling(told: number | undefined, place: number): boolean {
  if (told === undefined || (place <= TOLD_EXACTLY && told !== place)) return true;
  return Math.abs(place - told) > TOLD_CHANGE * told;
}

export interface RunningJob {
  readonly kind: Job['kind'];
  /** Seconds it has run. */
  readonly ranS: number;
  readonly remainingS: number | undefined;
}

/** Places and estimated waits of the waiting jobs, next first. */
export function placesOf(waiting: readonly Job[], running: readonly RunningJob[], slots: number, durations: Durations): Map<string, Place> {
  const remaining = running.map((job) => job.remainingS ?? Math.max(0, durations.of(job.kind) - job.ranS));
  const waits = estimateWaits(remaining, waiting.map((job) => durations.of(job.kind)), slots);
  return new Map(waiting.map((job, index) => [job.id, { place: index + 1, etaS: Math.round(waits[index] ?? 0) }]));
}
