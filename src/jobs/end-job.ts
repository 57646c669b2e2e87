import type { Job } from './domain/job.ts';
import type { Lanes } from './domain/lanes.ts';
import type { JobRegistry } from './job-registry.ts';
import type { StopCause } from './run/attempts.ts';
import type { Finalize } from './run/finalize.ts';
import { endingOf } from './run/run.ts';
import type { Runner } from './runner.ts';

// Ends a job wherever it is by then: on a slot, or in the queue again because it left its turn in this moment.

export interface EndJobOptions {
  readonly registry: Pick<JobRegistry, 'get'>;
  readonly lanes: Pick<Lanes, 'remove'>;
  readonly runner: Pick<Runner, 'get' | 'replace'>;
  readonly finalize: Finalize;
  onEnded(job: Job): void;
  /** The server stops: it interrupts what runs. */
  isClosed(): boolean;
}

/** `next` is called when the job has ended, before its slot is free; not where the server's stop interrupted it. */
export type EndJob = (jobId: string, cause: StopCause, next?: () => void) => Promise<void>;

export function createEndJob({ registry, lanes, runner, finalize, onEnded, isClosed }: EndJobOptions): EndJob {
  return async (jobId, cause, next) => {
    let isOver = false;
    const over = () => {
      isOver = true;
      next?.();
    };
    while (!isOver && !isClosed()) {
      if (runner.get(jobId)) {
        await runner.replace(jobId, cause, over);
        continue;
      }
      if (isCancel(cause) && lanes.remove(jobId)) {
        const job = registry.get(jobId);
        if (job) onEnded(await finalize(job, endingOf(cause)));
      }
      over();
    }
  };
}

/** A log that the disk does not take is no cause to end a job that waits. */
function isCancel(cause: StopCause): cause is Extract<StopCause, { cancelled: unknown }> {
  return cause !== 'interrupted' && 'cancelled' in cause;
}
