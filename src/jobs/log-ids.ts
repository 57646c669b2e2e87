import { projectFields } from '../projects/log-fields.ts';
import type { Job } from './domain/job.ts';

/** What every line of the log about a job has, so that one search finds them all. */
export function logIds({ id, ref, kind }: Job): Readonly<Record<string, string>> {
  return { job: id, kind, ...projectFields(ref) };
}
