import { join } from 'node:path';
import type { ChildEvent } from '../../child/event.ts';
import type { EventBus } from '../../events/event-bus.ts';
import type { JobLog } from '../../events/log/job-log.ts';
import { isFile, removeTree } from '../../files/tree.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { isFullDisk } from '../../system-errors.ts';
import { isResumed, type Job } from '../domain/job.ts';
import { cancelledEnding, completedEnding, failedEnding, judge, type LastEvent } from '../domain/outcome.ts';
import { createProgress, type Progress } from '../domain/progress.ts';
import { reasonOf } from '../domain/reasons.ts';
import type { Slot } from '../domain/slots.ts';
import type { Ending } from '../domain/transition.ts';
import { type AttemptOptions, type RunState, runOnChild, type StopCause } from './attempts.ts';
import { writeOrigin } from './origin.ts';

// One job while it runs: from its process to the model in its place.

export interface RunOptions extends Pick<AttemptOptions, 'config' | 'pool' | 'tuning' | 'save'> {
  readonly store: ProjectStore;
  readonly bus: Pick<EventBus, 'read'>;
  /** A fault of the server itself, for the people who run it. */
  report(error: unknown, job: Job): void;
}

/** One job from its command to its outcome. */
export interface Run {
  readonly job: Job;
  readonly slot: Slot;
  readonly progress: Progress;
  /** How it ended; 'interrupted' means it will resume after a restart. Never rejects. */
  readonly ended: Promise<Ending | 'interrupted'>;
  /** Resolves when its processes are gone. A model that is being put in place is no longer stopped. */
  stop(cause: StopCause): Promise<void>;
}

/** `job` is active; it is written as such, with its process, before the process gets anything to do. */
export function startRun(options: RunOptions, job: Job, slot: Slot, log: JobLog): Run {
  const progress = createProgress();
  const state: WholeRunState = { stopped: undefined, child: undefined, lastEpoch: 0, isCommitting: false };
  const onEvent = (event: ChildEvent) => {
    if (!isNews(event, state)) return;
    progress.note(event);
    log.append(event);
  };
  const ended = goThrough(options, job, slot, state, onEvent).catch((error: unknown) => {
    options.report(error, job);
    return failedEnding(reasonOf(isFullDisk(error) ? 'disk_full' : 'internal'));
  });

  return {
    job,
    slot,
    progress,
    ended,
    async stop(cause) {
      if (!state.isCommitting) {
        state.stopped ??= cause;
        await state.child?.stop();
      }
      await ended;
    },
  };
}

interface WholeRunState extends RunState {
  /** The model is being put in place: too late to stop. */
  isCommitting: boolean;
}

async function goThrough(
  options: RunOptions,
  job: Job,
  slot: Slot,
  state: WholeRunState,
  onEvent: (event: ChildEvent) => void,
): Promise<Ending | 'interrupted'> {
  const paths = options.store.paths(job.ref);
  // What an interrupted attempt left half written.
  await removeTree(paths.jobPaths(job.id).output);
  if (isResumed(job)) state.lastEpoch = await lastEpochIn(options.bus, job.id);
  const result = await runOnChild({ ...options, paths, onEvent }, job, slot, state);
  const { stopped } = state;
  if (stopped === 'interrupted') return stopped;
  if (stopped) return 'failed' in stopped ? failedEnding(stopped.failed) : cancelledEnding(stopped.cancelled);
  const verdict = judge(job, result);
  if ('failed' in verdict) return failedEnding(verdict.failed);
  state.isCommitting = true;
  return commit(options.store, job, verdict.succeeded);
}

/** A resumed training may report its last epoch again: the curve must not get a point twice. */
function isNews(event: ChildEvent, state: RunState): boolean {
  if (event.event !== 'epoch_end') return true;
  if (event.epoch <= state.lastEpoch) return false;
  state.lastEpoch = event.epoch;
  return true;
}

/** The finished folder takes the place of output/ as a whole. */
async function commit(store: ProjectStore, job: Job, lastEvent: LastEvent): Promise<Ending> {
  const { output } = store.paths(job.ref).jobPaths(job.id);
  if (!(await isFile(join(output, 'model.pth')))) return failedEnding(reasonOf('no_result'));
  await writeOrigin(output, job, Date.now() / 1000);
  await store.commitOutput(job.ref, output);
  return completedEnding(lastEvent);
}

async function lastEpochIn(bus: Pick<EventBus, 'read'>, jobId: string): Promise<number> {
  let last = 0;
  for await (const event of bus.read(jobId)) {
    if (event.event === 'epoch_end' && typeof event.epoch === 'number') last = Math.max(last, event.epoch);
  }
  return last;
}
