import type { SchedulerOptions } from '../jobs/scheduler.ts';
import type { Entries } from './bull.ts';
import type { Claims } from './claims.ts';
import { within } from './redis.ts';
import type { Taken } from './taker.ts';
import type { ClusterTimes } from './times.ts';

export interface LetGoOptions {
  readonly scheduler: { readonly registry: Pick<SchedulerOptions['registry'], 'get'> };
  readonly claims: Pick<Claims, 'has' | 'release'>;
  readonly entries: Pick<Entries, 'add'>;
  readonly times: Pick<ClusterTimes, 'lockMs'>;
}

/** Say to the queue what became of a job whose run is over; where another process has it now, nothing. */
export async function letGo(
  { scheduler, claims, entries, times }: LetGoOptions,
  taken: Pick<Taken, 'jobId' | 'done'>,
): Promise<void> {
  const job = scheduler.registry.get(taken.jobId);
  const isOwn = claims.has(taken.jobId);
  claims.release(taken.jobId);
  if (!isOwn && job?.state === 'active') return;
  await within(taken.done(), times.lockMs).catch(() => undefined);
  if (job?.state === 'waiting' && !job.early) await within(entries.add(job), times.lockMs).catch(() => undefined);
}
