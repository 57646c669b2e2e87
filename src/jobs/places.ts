import { estimateWaits, type Durations } from './estimate.ts';
import type { Job } from './job.ts';

export interface Place {
  /** 1 is next. */
  readonly place: number;
  /** Seconds until it starts, estimated. */
  readonly etaS: number;
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
