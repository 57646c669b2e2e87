import type { Job } from './job.ts';

/** The place of a training that another one of its project takes over. */
export function placeOfPredecessor(old: Job, isRunning: boolean): Pick<Job, 'place' | 'startsNext'> {
  const hadBegun = isRunning || old.attempt > 0 || old.startsNext === true;
  return { place: old.place, ...(hadBegun ? { startsNext: true } : {}) };
}

/** A training that waits for a conversion is not counted before it in the queue. */
export function placeBehind(job: Job, conversion: Job | undefined): Job {
  const round = Math.max(job.place.round, conversion?.place.round ?? 0);
  return { ...job, place: { ...job.place, round } };
}
