import { estimateWaits, type Durations } from './estimate.ts';
import { refKey, type ProjectRef } from '../../projects/project.ts';
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
  readonly ref: ProjectRef;
  /** Seconds it has run. */
  readonly ranS: number;
  readonly remainingS: number | undefined;
}

/** Places and estimated waits of the waiting jobs, next first. */
export function placesOf(
  waiting: readonly Job[],
  running: readonly RunningJob[],
  slots: number,
  durations: Durations,
): Map<string, Place> {
  const remaining = running.map((job) => job.remainingS ?? Math.max(0, durations.of(job.kind) - job.ranS));
  const waits = estimateWaits(
    remaining,
    waiting.map((job) => durations.of(job.kind)),
    slots,
  );
  // A job of a project that is being worked on waits for that, even where a slot is free.
  const ofProject = new Map(running.map((job, index) => [refKey(job.ref), remaining[index] ?? 0]));
  return new Map(
    waiting.map((job, index) => [
      job.id,
      { place: index + 1, etaS: Math.round(Math.max(waits[index] ?? 0, ofProject.get(refKey(job.ref)) ?? 0)) },
    ]),
  );
}
