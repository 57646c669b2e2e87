import { join } from 'node:path';
import type { ChildEvent } from '../../child/event.ts';
import type { EventBus } from '../../events/event-bus.ts';
import type { JobLog } from '../../events/log/job-log.ts';
import { isFile, removeTree } from '../../files/tree.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { isFullDisk } from '../../system-errors.ts';
import { goesOn, isResumed, type Job } from '../domain/job.ts';
import { cancelledEnding, completedEnding, failedEnding, judge, type LastEvent } from '../domain/outcome.ts';
import { createProgress, type Progress } from '../domain/progress.ts';
import { reasonOf } from '../domain/reasons.ts';
import type { Slot } from '../domain/slots.ts';
import type { Ending } from '../domain/transition.ts';
import { type AttemptOptions, type RunState, runOnChild, type StopCause } from './attempts.ts';
import { writeOrigin } from './origin.ts';
import { NOTHING_SAID, readSaidBefore, type SaidBefore } from './repeats.ts';

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
  /** How it ended; 'interrupted' means it will resume after a restart, `yielded` after the turns of others. Never rejects. */
  readonly ended: Promise<RunEnd>;
  /** Why it was stopped from outside, so far. */
  readonly stopped: StopCause | undefined;
  /** Ask it to leave its turn to others at the end of an epoch. */
  askToYield(): void;
  /** Resolves when its processes are gone. A model that is being put in place is no longer stopped. */
  stop(cause: StopCause): Promise<void>;
}

export type RunEnd = Ending | 'interrupted' | { readonly yielded: ChildEvent<'yielded'> };

/** `job` is active; it is written as such, with its process, before the process gets anything to do. */
export function startRun(options: RunOptions, job: Job, slot: Slot, log: JobLog): Run {
  const progress = createProgress(job.yielded);
  const state: WholeRunState = {
    stopped: undefined,
    child: undefined,
    lastEpoch: 0,
    isCommitting: false,
    before: NOTHING_SAID,
  };
  const onEvent = (event: ChildEvent) => {
    const isRepeat = progress.firstEpochAt === undefined && state.before.isRepeat(event);
    if (isRepeat || !isNews(event, state)) return;
    progress.note(event);
    log.append(event);
  };
  const ended = goThrough(options, job, slot, state, onEvent).catch((error: unknown) => {
    options.report(error, job);
    return faultEnding(error);
  });

  return {
    job,
    slot,
    progress,
    ended,
    get stopped() {
      return state.stopped;
    },
    askToYield: () => state.child?.askToYield(),
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
  /** What earlier turns of the job said. */
  before: SaidBefore;
}

async function goThrough(
  options: RunOptions,
  job: Job,
  slot: Slot,
  state: WholeRunState,
  onEvent: (event: ChildEvent) => void,
): Promise<RunEnd> {
  const paths = options.store.paths(job.ref);
  // What an interrupted attempt left half written.
  await removeTree(paths.jobPaths(job.id).output);
  if (goesOn(job)) {
    const before = await readSaidBefore(options.bus, job.id);
    state.lastEpoch = before.lastEpoch;
    // After a restart a pupil reads it all again, behind the notice that says so.
    if (!isResumed(job)) state.before = before;
  }
  const result = await runOnChild({ ...options, paths, onEvent }, job, slot, state);
  const { stopped } = state;
  if (stopped === 'interrupted') return stopped;
  if (stopped) return endingOf(stopped);
  const verdict = judge(job, result);
  if ('failed' in verdict) return failedEnding(verdict.failed);
  if ('yielded' in verdict) return verdict;
  state.isCommitting = true;
  return commit(options.store, job, verdict.succeeded);
}

/** How a job ends by a fault of the server itself. */
export function faultEnding(error: unknown): Ending {
  return failedEnding(reasonOf(isFullDisk(error) ? 'disk_full' : 'internal'));
}

/** How a job ends that was stopped from outside for good. */
export function endingOf(cause: Exclude<StopCause, 'interrupted'>): Ending {
  return 'failed' in cause ? failedEnding(cause.failed) : cancelledEnding(cause.cancelled);
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
