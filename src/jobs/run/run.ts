import { join } from 'node:path';
import { openCappedFile } from '../../child/capped-file.ts';
import type { ChildEvent } from '../../child/event.ts';
import { recordProcess } from '../../child/process-record.ts';
import type { WarmPool } from '../../child/warm-pool.ts';
import type { Config } from '../../config.ts';
import type { EventBus } from '../../events/event-bus.ts';
import type { JobLog } from '../../events/log/job-log.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { isFile, removeTree } from '../../files/tree.ts';
import { isFullDisk } from '../../system-errors.ts';
import { isResumed, type Job, type JobReason } from '../domain/job.ts';
import { jobLine } from './job-line.ts';
import { writeOrigin } from './origin.ts';
import {
  cancelledEnding,
  completedEnding,
  failedEnding,
  judge,
  type ChildResult,
  type LastEvent,
} from '../domain/outcome.ts';
import { createProgress, type Progress } from '../domain/progress.ts';
import { reasonOf } from '../domain/reasons.ts';
import { takeChild, type ChildRun } from './run-child.ts';
import type { Slot } from '../domain/slots.ts';
import { worksIn, type Ending } from '../domain/transition.ts';
import type { JobTuning } from '../tuning.ts';

export interface RunOptions {
  readonly config: Config;
  readonly store: ProjectStore;
  readonly bus: Pick<EventBus, 'read'>;
  readonly pool: Pick<WarmPool, 'take'>;
  readonly tuning: JobTuning;
  /** Write the state before anybody is told. */
  save(job: Job): Promise<void>;
  /** A fault of the server itself, for the people who run it. */
  report(error: unknown, job: Job): void;
}

/** Why a run is stopped from outside. */
export type StopCause = { readonly cancelled: JobReason } | { readonly failed: JobReason } | 'interrupted';

/** One job from its command to its outcome. */
export interface Run {
  readonly job: Job;
  readonly slot: Slot;
  readonly progress: Progress;
  /** How it ended; 'interrupted': not at all, it goes on after a restart. Never rejects. */
  readonly ended: Promise<Ending | 'interrupted'>;
  /** Resolves when its processes are gone. A model that is being put in place is no longer stopped. */
  stop(cause: StopCause): Promise<void>;
}

/** `job` is active; it is written as such, with its process, before the process gets anything to do. */
export function startRun(options: RunOptions, job: Job, slot: Slot, log: JobLog): Run {
  const { config, store, tuning } = options;
  const paths = store.paths(job.ref);
  const own = paths.jobPaths(job.id);
  const progress = createProgress();
  let stopped: StopCause | undefined;
  let child: ChildRun | undefined;
  let committing = false;
  let lastEpoch = 0;

  const onEvent = (event: ChildEvent) => {
    // A resumed training may tell its last epoch again: the curve must not get a point twice.
    if (event.event === 'epoch_end') {
      if (event.epoch <= lastEpoch) return;
      lastEpoch = event.epoch;
    }
    progress.note(event);
    log.append(event);
  };

  const work = async (): Promise<ChildResult> => {
    const stderr = openCappedFile(own.stderr, tuning.maxStderrBytes);
    try {
      for (let retried = false; ; retried = true) {
        let warm = false;
        const run = takeChild({
          take: (handlers) => {
            const started = options.pool.take(slot.index, handlers);
            warm = started.warm;
            return started.child;
          },
          stderr,
          silenceMs: tuning.silenceMs,
          exitGraceMs: tuning.exitGraceMs,
          onEvent,
        });
        child = run;
        if (run.child.pid !== undefined) await options.save(worksIn(job, recordProcess(run.child.pid)));
        if (stopped) await run.stop();
        const result = await run.work(jobLine(config, job, paths, slot, lastEpoch));
        // The waiting child died just as it was taken: that is no fault of the job, so it starts cold.
        if (warm && !run.hasOutput && !stopped && !retried && result.silentMs === undefined) continue;
        return result;
      }
    } finally {
      // Where saving failed (a full disk), the child still waits for its job.
      if (child?.child.running) await child.stop();
      stderr.close();
    }
  };

  /** The staged folder takes the place of output/ as a whole. */
  const commit = async (lastEvent: LastEvent): Promise<Ending> => {
    if (!(await isFile(join(own.output, 'model.pth')))) return failedEnding(reasonOf('no_result'));
    await writeOrigin(own.output, job, Date.now() / 1000);
    await store.commitOutput(job.ref, own.output);
    return completedEnding(lastEvent);
  };

  const goThrough = async (): Promise<Ending | 'interrupted'> => {
    // What an interrupted attempt left half written.
    await removeTree(own.output);
    if (isResumed(job)) lastEpoch = await lastEpochIn(options.bus, job.id);
    const result = await work();
    if (stopped === 'interrupted') return stopped;
    if (stopped) return 'failed' in stopped ? failedEnding(stopped.failed) : cancelledEnding(stopped.cancelled);
    const verdict = judge(job, result);
    if ('failed' in verdict) return failedEnding(verdict.failed);
    committing = true;
    return commit(verdict.succeeded);
  };

  const ended = goThrough().catch((error: unknown) => {
    options.report(error, job);
    return failedEnding(faultOf(error));
  });

  return {
    job,
    slot,
    progress,
    ended,
    async stop(cause) {
      if (!committing) {
        stopped ??= cause;
        await child?.stop();
      }
      await ended;
    },
  };
}

async function lastEpochIn(bus: Pick<EventBus, 'read'>, jobId: string): Promise<number> {
  let last = 0;
  for await (const event of bus.read(jobId)) {
    if (event.event === 'epoch_end' && typeof event.epoch === 'number') last = Math.max(last, event.epoch);
  }
  return last;
}

function faultOf(error: unknown): JobReason {
  return reasonOf(isFullDisk(error) ? 'disk_full' : 'internal');
}
