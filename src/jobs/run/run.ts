import { once } from 'node:events';
import type { ChildEvent } from '../../child/event.ts';
import type { Config } from '../../config.ts';
import type { EventBus } from '../../events/event-bus.ts';
import type { JobLog } from '../../events/log/job-log.ts';
import { removeTree } from '../../files/tree.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { isFullDisk } from '../../system-errors.ts';
import { goesOn, isResumed, type Job } from '../domain/job.ts';
import { cancelledEnding, failedEnding, judge } from '../domain/outcome.ts';
import { createProgress, type Progress } from '../domain/progress.ts';
import { reasonOf } from '../domain/reasons.ts';
import type { Slot } from '../domain/slots.ts';
import { type Ending, finish } from '../domain/transition.ts';
import { type AttemptOptions, type RunState, runOnChild, type StopCause } from './attempts.ts';
import { jobLine, type JobFolders } from './job-line.ts';
import { removeLeftovers } from './leftovers.ts';
import { readOrigin } from '../../projects/origin.ts';
import { commit } from './commit.ts';
import type { JobOwnership } from './ownership.ts';
import { NOTHING_LOGGED, readLoggedSoFar, type LoggedSoFar } from './repeats.ts';

// One job while it runs: from its process to the model in its place.

export interface RunOptions extends Pick<AttemptOptions, 'pool' | 'tuning' | 'save' | 'note'> {
  readonly config: Config;
  readonly store: ProjectStore;
  readonly bus: Pick<EventBus, 'read'>;
  readonly ownership?: JobOwnership;
  /** Other processes run jobs, too: they must see in the record that a training is about to put its model in place. */
  readonly isShared?: boolean;
  /** A job as it is now. */
  jobOf(jobId: string): Job | undefined;
  /** A fault of the server itself, for the people who run it. */
  report(error: unknown, job: Job): void;
}

export interface RunSurroundings {
  readonly log: JobLog;
  /** Resolves when no other job of the project runs. */
  whenAlone(): Promise<void>;
  /** Another process goes on with the job, or its first model can be used. */
  onTurnChanged(): void;
}

/** One job from its command to its outcome. */
export interface Run {
  readonly job: Job;
  readonly slot: Slot;
  readonly progress: Progress;
  /** How it ended; 'interrupted' means it will resume after a restart, `yielded` after the turns of others. Never rejects. */
  readonly ended: Promise<RunEnd>;
  /** Its process has done its work: what follows does not take long, and no other job of the project may begin. */
  readonly isFinishing: boolean;
  /** Why it was stopped from outside, so far. */
  readonly stopped: StopCause | undefined;
  /** Ask it to leave its turn to others at the end of an epoch. */
  askToYield(): void;
  /** Its process was asked. */
  readonly isAsked: boolean;
  /** Resolves when its processes are gone. A model that is being put in place is no longer stopped. */
  stop(cause: StopCause): Promise<void>;
}

export type RunEnd = Ending | 'interrupted' | { readonly yielded: ChildEvent<'yielded'> };

/** `job` is active; it is written as such, with its process, before the process gets anything to do. */
export function startRun(options: RunOptions, job: Job, slot: Slot, around: RunSurroundings): Run {
  const { log } = around;
  const progress = createProgress(job.yielded);
  const state: WholeRunState = {
    stopped: undefined,
    child: undefined,
    lastEpoch: 0,
    isAsked: false,
    isFinishing: false,
    isCommitting: false,
    stopping: new AbortController(),
    before: NOTHING_LOGGED,
  };
  const onEvent = (event: ChildEvent) => {
    const isRepeat = progress.trainedS() === undefined && state.before.isRepeat(event);
    if (isRepeat || !isNews(event, state)) return;
    const { hasUsable } = progress;
    progress.note(event);
    log.append(event);
    if (progress.hasUsable !== hasUsable) around.onTurnChanged();
  };
  const onAgain = () => {
    log.append({ event: 'notice', ...reasonOf(job.kind === 'train' ? 'carried_on' : 'started_over') });
    state.isAsked = false;
    progress.startOver();
    around.onTurnChanged();
  };
  const ended = goThrough({ ...options, ...around, onEvent, onAgain }, job, slot, state)
    .catch((error: unknown) => {
      options.report(error, job);
      return faultEnding(error);
    })
    .finally(() => removeLeftovers(options.store.paths(job.ref).jobPaths(job.id).root));

  return {
    job,
    slot,
    progress,
    ended,
    get isFinishing() {
      return state.isFinishing;
    },
    get stopped() {
      return state.stopped;
    },
    get isAsked() {
      return state.isAsked;
    },
    askToYield() {
      state.isAsked = true;
      state.child?.askToYield();
    },
    async stop(cause) {
      if (!state.isCommitting) {
        state.stopped ??= cause;
        state.stopping.abort();
        await state.child?.stop();
      }
      await ended;
    },
  };
}

interface WholeRunState extends RunState {
  isAsked: boolean;
  isFinishing: boolean;
  /** The model is being put in place: too late to stop. */
  isCommitting: boolean;
  /** Aborted when it is stopped. */
  readonly stopping: AbortController;
  /** What earlier turns of the job said. */
  before: LoggedSoFar;
}

async function goThrough(
  options: RunOptions & RunSurroundings & Pick<AttemptOptions, 'onEvent' | 'onAgain'>,
  job: Job,
  slot: Slot,
  state: WholeRunState,
): Promise<RunEnd> {
  const paths = options.store.paths(job.ref);
  const { output, root } = paths.jobPaths(job.id, job.fence);
  // What an interrupted attempt left half written.
  await Promise.all([removeTree(output), removeLeftovers(root)]);
  if (goesOn(job)) {
    const before = await readLoggedSoFar(options.bus, job.id);
    state.lastEpoch = before.lastEpoch;
    // After a restart a pupil reads it all again, behind the notice that says so.
    if (!isResumed(job)) state.before = before;
  }
  const line = (now: Job, epoch: number) =>
    jobLine(options.config, now, paths, slot, epoch, modelToConvert(options, job));
  const result = await runOnChild({ ...options, paths, output, line }, job, slot, state);
  if (state.stopped) return stoppedEnd(state.stopped);
  const verdict = judge(job, result);
  if ('failed' in verdict) return failedEnding(verdict.failed);
  if ('yielded' in verdict) return verdict;
  const isConverted = job.kind === 'convert' || (await convertAgain(options, job, slot, state));
  if (state.stopped) return stoppedEnd(state.stopped);
  state.isCommitting = true;
  return commit(options, job, verdict.succeeded, isConverted);
}

/** The model so far lies in the folder of a training that has not ended. */
function modelToConvert({ jobOf, store }: RunOptions, job: Job): JobFolders {
  if (!job.early || jobOf(job.inputOf)?.state === 'completed') return {};
  return { model: store.paths(job.ref).jobPaths(job.inputOf).instant };
}

/**
 * Where the model so far of this training was converted, what it has made now is converted too before it takes that
 * place: the files of output/ are always of one run. Whether it was and could be.
 */
async function convertAgain(
  options: RunOptions & RunSurroundings,
  job: Job,
  slot: Slot,
  state: WholeRunState,
): Promise<boolean> {
  const { log } = options;
  const paths = options.store.paths(job.ref);
  state.isFinishing = true;
  const finishing = finish(job);
  if (options.isShared) await options.save(finishing);
  // A conversion of the model so far may take long, and a stop must not wait for it.
  await Promise.race([options.whenAlone(), once(state.stopping.signal, 'abort')]);
  const origin = await readOrigin(paths.output).catch(() => undefined);
  if (origin?.jobId !== job.id || origin.convertedBy === undefined || state.stopped) return false;
  log.append({ event: 'notice', ...reasonOf('converting_again') });
  const board = options.jobOf(origin.convertedBy)?.board ?? job.board;
  // Whatever goes wrong here, the training is done.
  const isConverted = await convertResult(options, finishing, board, slot, state).catch((error: unknown) => {
    options.report(error, job);
    return false;
  });
  if (!isConverted && !state.stopped) log.append({ event: 'notice', ...reasonOf('not_converted_again') });
  return isConverted;
}

/** Convert what a training has made, from its own folder, for the board of the model so far. Whether that went well. */
async function convertResult(
  options: RunOptions & RunSurroundings,
  job: Job,
  board: string,
  slot: Slot,
  state: WholeRunState,
): Promise<boolean> {
  const paths = options.store.paths(job.ref);
  const { output: model, converted: output } = paths.jobPaths(job.id, job.fence);
  await removeTree(output);
  const conversion: Job = { ...job, kind: 'convert', board };
  const line = () => jobLine(options.config, conversion, paths, slot, 0, { model, output });
  const onAgain = () => options.log.append({ event: 'notice', ...reasonOf('started_over') });
  const around = { ...options, paths, output, line, onAgain, onEvent: () => undefined };
  return 'succeeded' in judge(conversion, await runOnChild(around, job, slot, state));
}

function stoppedEnd(cause: StopCause): Ending | 'interrupted' {
  return cause === 'interrupted' ? cause : endingOf(cause);
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
