import type { WarmPool } from '../child/warm-pool.ts';
import { type ProjectRef, refKey } from '../projects/project.ts';
import { isResumed, type Job } from './domain/job.ts';
import { failedEnding } from './domain/outcome.ts';
import type { RunningJob } from './domain/positions.ts';
import { reasonOf } from './domain/reasons.ts';
import type { Slot } from './domain/slots.ts';
import { activate, type Ending, stop } from './domain/transition.ts';
import type { JobRegistry } from './job-registry.ts';
import type { Finalize } from './run/finalize.ts';
import type { StopCause } from './run/attempts.ts';
import { type Run, type RunOptions, startRun } from './run/run.ts';

// The slots on which jobs run: as many at a time as there are slots.

export interface RunnerOptions {
  readonly slots: readonly Slot[];
  readonly registry: JobRegistry;
  readonly pool: Pick<WarmPool, 'prepare'>;
  readonly run: RunOptions;
  readonly finalize: Finalize;
  /** A job gets a slot. */
  onStart(job: Job): void;
  /** A job has ended and everybody was notified. */
  onEnded(job: Job): void;
}

/** The slots, and the job that runs on each until its slot is free again. */
export interface Runner {
  readonly hasFreeSlot: boolean;
  /** Start a job on a free slot. Resolves when that slot is free again; undefined if the job could not be started. */
  begin(job: Job): Promise<void> | undefined;
  get(jobId: string): Run | undefined;
  /** In the order in which they were started. */
  running(): readonly RunningJob[];
  isBusyWith(ref: ProjectRef): boolean;
  /** Resolves when the job has ended in every respect. */
  stop(jobId: string, cause: StopCause): Promise<void>;
  /** `next` is called when the job has ended, before its slot is free; not where the server's stop interrupted it. */
  replace(jobId: string, cause: StopCause, next: () => void): Promise<void>;
  /** Interrupt all. */
  close(): Promise<void>;
}

interface Entry {
  readonly run: Run;
  readonly since: number;
  /** Its slot is free again. */
  readonly done: Promise<void>;
}

export function createRunner(options: RunnerOptions): Runner {
  const { slots, run: runOptions, onEnded } = options;
  const { report } = runOptions;
  const free = [...slots];
  const entries = new Map<string, Entry>();
  const successors = new Map<string, () => void>();
  let closed = false;

  const finish = async (run: Run, ending: Ending) => {
    if (!closed) options.pool.prepare(run.slot.index);
    const job = await options.finalize(run.job, ending);
    onEnded(job);
    successors.get(job.id)?.();
  };

  /** Whatever goes wrong at the end of a job, its slot is free afterwards. */
  const follow = async (run: Run) => {
    try {
      const ending = await run.ended;
      if (ending === 'interrupted') await runOptions.save(stop(run.job));
      else await finish(run, ending);
    } catch (error) {
      report(error, run.job);
    }
    successors.delete(run.job.id);
    entries.delete(run.job.id);
    free.push(run.slot);
    free.sort((a, b) => a.index - b.index);
  };

  const start = (job: Job, slot: Slot): Promise<void> => {
    options.onStart(job);
    const run = startOn(options, job, slot);
    const done = follow(run);
    entries.set(job.id, { run, since: Date.now(), done });
    return done;
  };

  return {
    get hasFreeSlot() {
      return free.length > 0;
    },
    begin(job) {
      const slot = free.shift();
      if (slot === undefined) throw new Error(`job ${job.id} was started while no slot was free`);
      try {
        return start(job, slot);
      } catch (error) {
        report(error, job);
        free.push(slot);
        const finalized = options.finalize(job, failedEnding(reasonOf('internal')));
        void finalized.then(onEnded, (fault: unknown) => report(fault, job));
        return undefined;
      }
    },
    get: (jobId) => entries.get(jobId)?.run,
    running: () => [...entries.values()].map(runningJob),
    isBusyWith: (ref) => [...entries.values()].some(({ run }) => refKey(run.job.ref) === refKey(ref)),
    stop: (jobId, cause) => stopEntry(entries.get(jobId), cause),
    async replace(jobId, cause, next) {
      const entry = entries.get(jobId);
      if (!entry) return next();
      successors.set(jobId, next);
      await stopEntry(entry, cause);
    },
    async close() {
      closed = true;
      await Promise.all([...entries.values()].map((entry) => stopEntry(entry, 'interrupted')));
    },
  };
}

function startOn({ registry, run }: RunnerOptions, job: Job, slot: Slot): Run {
  const active = activate(job, Date.now() / 1000);
  const log = registry.log(job.id);
  log.keepOpen();
  if (isResumed(active)) {
    log.append({ event: 'notice', ...reasonOf(job.kind === 'train' ? 'resumed' : 'restarted') });
  }
  return startRun(run, active, slot, log);
}

async function stopEntry(entry: Entry | undefined, cause: StopCause): Promise<void> {
  await entry?.run.stop(cause);
  await entry?.done;
}

function runningJob({ run, since }: Entry): RunningJob {
  const { kind, ref } = run.job;
  return { kind, ref, ranS: (Date.now() - since) / 1000, remainingS: run.progress.remainingS() };
}
