import { openCappedFile } from '../../child/capped-file.ts';
import type { ChildEvent } from '../../child/event.ts';
import { recordProcess } from '../../child/process-record.ts';
import type { ChildHandlers } from '../../child/child.ts';
import type { StartedChild } from '../../child/warm-pool.ts';
import type { JobLine } from '../../child/command.ts';
import { removeTree } from '../../files/tree.ts';
import type { ProjectPaths } from '../../projects/paths.ts';
import type { Job, JobReason } from '../domain/job.ts';
import type { ChildResult } from '../domain/outcome.ts';
import type { Slot } from '../domain/slots.ts';
import { withProcess } from '../domain/transition.ts';
import type { JobTuning } from '../tuning.ts';
import { takeChild, type ChildRun } from './run-child.ts';
import { removeLeftovers } from './leftovers.ts';

// Hands a job to a Python process and waits for its end.

/** Why a run is stopped from outside. */
export type StopCause = { readonly cancelled: JobReason } | { readonly failed: JobReason } | 'interrupted';

/** What of a run changes while it goes on. A stop may come at every step, so each step looks here. */
export interface RunState {
  stopped: StopCause | undefined;
  /** The process that has the job. */
  child: ChildRun | undefined;
  /** The newest epoch in the log. */
  lastEpoch: number;
}

/** Where children run: those of a slot of this computer, or of another one. */
export interface ChildPlace {
  take(slot: number, handlers: ChildHandlers, job: Job): StartedChild;
}

export interface AttemptOptions {
  readonly paths: ProjectPaths;
  readonly pool: ChildPlace;
  readonly tuning: JobTuning;
  /** What the process makes lies here. If it is left half made, it is deleted before the job goes on in another one. */
  readonly output: string;
  /** What the process is to do. */
  line(job: Job, loggedEpoch: number): JobLine;
  /** Write the state before anything else happens. */
  save(job: Job): Promise<void>;
  onEvent(event: ChildEvent): void;
  /** For the log of the server. */
  note(job: Job, message: string, fields?: object): void;
  /** The job goes on in another process. */
  onAgain(): void;
}

/**
 * Gives a job to a process and waits for its end; once more to another one where the first was dead when it was taken,
 * and more often where the process that forked it died.
 */
export async function runOnChild(options: AttemptOptions, job: Job, slot: Slot, state: RunState): Promise<ChildResult> {
  const { paths, tuning } = options;
  const stderr = openCappedFile(paths.jobPaths(job.id).stderr, tuning.maxStderrBytes);
  try {
    let again = job;
    for (let tries = 1; ; tries += 1) {
      let warm = false;
      const run = takeChild({
        take: (handlers) => {
          const started = options.pool.take(slot.index, handlers, job);
          warm = started.warm;
          return started.child;
        },
        stderr,
        silenceMs: tuning.silenceMs,
        exitGraceMs: tuning.exitGraceMs,
        urgency: job.early ? 'model so far' : 'job',
        onEvent: options.onEvent,
      });
      state.child = run;
      // A stop that came before it was taken must not wait until it has imported everything.
      if (state.stopped) await run.stop();
      const pid = await run.child.started;
      if (pid !== undefined) await options.save(withProcess(job, recordProcess(pid)));
      // on another computer it has no number here
      else if (run.child.running) await options.save(job);
      options.note(job, 'child started', { child: pid, slot: slot.index, warm });
      const result = await run.work(options.line(again, state.lastEpoch));
      const { exit, lastEvent, silentMs } = result;
      options.note(job, 'child ended', { child: pid, ...exit, last: lastEvent?.event, silentMs });
      const most = triesAfter(result, warm && !run.hasOutput, tuning.maxAttempts);
      if (state.stopped || tries >= most) return result;
      if (!run.hasOutput) continue;
      options.onAgain();
      again = { ...job, stopped: true };
      await Promise.all([removeTree(options.output), removeLeftovers(paths.jobPaths(job.id).root)]);
    }
  } finally {
    // Where saving failed (a full disk), the child still waits for its job.
    if (state.child?.child.running) await state.child.stop();
    stderr.close();
  }
}

/**
 * How many processes a job may be given when the last one ended like this. Several if it died with the process that
 * forked it, a second one if it died while it waited for a job; else the job itself is the reason.
 */
function triesAfter({ exit, lastEvent, silentMs }: ChildResult, diedWaiting: boolean, maxAttempts: number): number {
  if (silentMs !== undefined || lastEvent !== undefined) return 1;
  if (exit.orphaned) return maxAttempts;
  return diedWaiting ? 2 : 1;
}
