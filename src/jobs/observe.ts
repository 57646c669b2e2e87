import { isOpen, type Job } from './domain/job.ts';

// Figures of jobs that other processes run: every web server of a cluster counts all of them.

/** Sees jobs start and end, for figures. */
export interface JobObserver {
  /** A job gets a slot, at this time in seconds since the epoch; it is as it was while it waited. */
  started(job: Job, at: number): void;
  ended(job: Job): void;
}

/**
 * Another process has written a record.
 * @param before what was known of the job; undefined: nothing
 * @param sinceS since when this process counts: of older jobs that it did not know it cannot say what is new
 */
export function observeRecord(observer: JobObserver, job: Job, before: Job | undefined, sinceS: number): void {
  if (before === undefined && job.createdAt < sinceS) return;
  const { startedAt, ...waiting } = job;
  if (startedAt !== undefined && before?.startedAt === undefined) observer.started(waiting, startedAt);
  if (!isOpen(job) && (before === undefined || isOpen(before))) observer.ended(job);
}
