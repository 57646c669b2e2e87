import { refKey, type ProjectRef } from '../projects/project.ts';
import type { Job } from './domain/job.ts';

// Compares the board's network with the original on more photos after a conversion, while the server has nothing else to do.

/** How many of the compared samples had the same answer; the range to expect of 100 others. */
export interface Agreement {
  readonly same: number;
  readonly compared: number;
  readonly expect_least: number;
  readonly expect_most: number;
}

export interface Check {
  /** undefined: there is nothing to report, or it was stopped. Rejects where it failed. */
  readonly done: Promise<Agreement | undefined>;
  stop(): Promise<void>;
}

export interface AgreementChecks {
  /** This conversion has ended well. */
  add(job: Job): void;
  /** A job of this project starts: what is under way stops and begins anew later, of this project for good. */
  giveWay(ref: ProjectRef): void;
  /** A job has ended. */
  resume(): void;
  /** The project is being deleted; resolves when nothing of it runs. */
  drop(ref: ProjectRef): Promise<void>;
  close(): Promise<void>;
}

export interface AgreementCheckOptions {
  /** No job runs or waits, and there is room for one more process. */
  mayRun(): boolean;
  start(job: Job): Check;
  notify(job: Job, agreement: Agreement): void;
  /** Logs a failure; the other comparisons go on. */
  report(error: unknown, job: Job): void;
  readonly afterMs: number;
  /** Where it may not run, it is tried again after so long: nothing says when memory is free. */
  readonly againMs: number;
}

/** Background work: each conversion that has ended is compared on more photos while no job runs or waits. */
export function createAgreementChecks(options: AgreementCheckOptions): AgreementChecks {
  /** The newest conversion of each project. */
  const waiting = new Map<string, Job>();
  let running: { readonly job: Job; readonly check: Check; readonly over: Promise<void> } | undefined;
  let stopping: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const later = (delayMs = options.afterMs) => {
    clearTimeout(timer);
    if (!closed && waiting.size > 0) timer = setTimeout(begin, delayMs).unref();
  };

  const begin = () => {
    const [job] = waiting.values();
    if (closed || running !== undefined || job === undefined) return;
    if (stopping !== undefined || !options.mayRun()) return later(options.againMs);
    try {
      const check = options.start(job);
      running = { job, check, over: follow(job, check) };
    } catch (error) {
      fail(error, job);
      later();
    }
  };

  const fail = (error: unknown, job: Job) => {
    if (waiting.get(refKey(job.ref)) === job) waiting.delete(refKey(job.ref));
    options.report(error, job);
  };

  const follow = async (job: Job, check: Check) => {
    try {
      const agreement = await check.done;
      if (running?.check === check && waiting.get(refKey(job.ref)) === job) {
        waiting.delete(refKey(job.ref));
        if (agreement !== undefined) options.notify(job, agreement);
      }
    } catch (error) {
      if (running?.check === check) fail(error, job);
    }
    if (running?.check === check) running = undefined;
    later();
  };

  /** Resolves when no process of it is left, also of one that is being stopped already. */
  const stop = async () => {
    const stopped = running;
    running = undefined;
    if (stopped !== undefined)
      stopping = Promise.allSettled([stopped.check.stop(), stopped.over]).then(() => void (stopping = undefined));
    await stopping;
  };

  return {
    add(job) {
      waiting.set(refKey(job.ref), job);
      later();
    },
    giveWay(ref) {
      waiting.delete(refKey(ref));
      void stop();
    },
    resume: () => later(),
    async drop(ref) {
      waiting.delete(refKey(ref));
      if (running !== undefined && refKey(running.job.ref) === refKey(ref)) await stop();
      await stopping;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await stop();
    },
  };
}
