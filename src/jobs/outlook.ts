import type { Job } from './domain/job.ts';
import type { Lanes } from './domain/lanes.ts';
import type { Progress } from './domain/progress.ts';
import type { Outlook } from './job-service.ts';

// What can be said of jobs now: the position of those that wait, and how far those are that run.

export interface OutlookSources {
  readonly lanes: Pick<Lanes, 'has'>;
  jobOf(jobId: string): Job | undefined;
  /** Of a job that runs. */
  progressOf(jobId: string): Progress | undefined;
  /** Of all that wait. */
  positions(): ReadonlyMap<string, Outlook>;
}

/** Positions are counted once for all jobs that are asked about, and not at all where none of them waits. */
export function createOutlooks({ lanes, jobOf, progressOf, positions }: OutlookSources): (jobId: string) => Outlook {
  let counted: ReadonlyMap<string, Outlook> | undefined;
  return (jobId) => {
    if (!lanes.has(jobId)) return outlookOf(progressOf(jobId));
    counted ??= positions();
    return { ...reachedBy(jobOf(jobId)), ...counted.get(jobId) };
  };
}

/** The epoch after which a waiting training goes on. */
function reachedBy(job: Job | undefined): Outlook {
  return job?.yielded ? { epoch: job.yielded.epoch, maxEpoch: job.yielded.maxEpoch } : {};
}

function outlookOf(progress: Progress | undefined): Outlook {
  const { epoch, maxEpoch } = progress ?? {};
  const etaS = progress?.remainingS();
  return {
    ...(epoch === undefined ? {} : { epoch }),
    ...(maxEpoch === undefined ? {} : { maxEpoch }),
    ...(etaS === undefined ? {} : { etaS: Math.round(etaS) }),
  };
}
