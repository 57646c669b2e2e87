import type { ChildEvent } from '../child/event.ts';
import type { Job, QueuePlace } from './domain/job.ts';
import { waitsLonger } from './domain/next-turn.ts';
import { type Ending, leaveTurn, stop } from './domain/transition.ts';
import { endingOf, faultEnding, type Run } from './run/run.ts';
import type { RunnerOptions } from './runner.ts';

// What becomes of a job when its process has ended: done, interrupted, or waiting for its next turn.

/** What the queue has to do with turns. */
export interface Turns {
  /** The place of a job that leaves its turn now, for its next one. `isLonger`: others come first, for a round more. */
  placeAgain(job: Job, isLonger: boolean): QueuePlace | Promise<QueuePlace>;
  /** It waits for its next turn from now on, on disk too. Its slot is free. */
  onYielded(job: Job): void;
  /** Seconds that it has trained beyond its slices after a turn of so many. */
  overAfter(job: Job, trainedS: number): number;
  /** Seconds that it took a process to go on with a job where it had left its turn. */
  noteResumed(job: Job, costS: number): void;
  /**
   * Its first model can be used now, or another process goes on with a job that runs, and knows of no request to leave its
   * turn: who is to leave may have changed.
   */
  onTurnChanged(): void;
}

export interface RunEndsOptions {
  /** The server stops: no process is made ready any more. */
  isClosed(): boolean;
  /** A job has ended, and its slot is not free yet. */
  onFinished(jobId: string): void;
}

export interface RunEnds {
  /** Wait for the end of a run. Resolves with the job if it waits for its next turn. */
  after(run: Run): Promise<Job | undefined>;
}

export function createRunEnds(options: RunnerOptions & Turns, { isClosed, onFinished }: RunEndsOptions): RunEnds {
  const { save, report } = options.run;
  const prepareNext = (run: Run) => {
    if (!isClosed()) options.pool.prepare(run.slot.index);
  };

  const finish = async (run: Run, ending: Ending) => {
    prepareNext(run);
    const job = await options.finalize(run.job, ending);
    options.onEnded(job);
    onFinished(job.id);
  };

  /** The job once it waits; undefined if it was stopped in that moment, or the disk did not take it. */
  const leave = async (run: Run, event: ChildEvent<'yielded'>): Promise<Job | undefined> => {
    prepareNext(run);
    let job = run.job;
    try {
      job = await afterTurn(options, run, event);
      // Before anybody can go on with it: what it has done is read from its log.
      options.registry.log(job.id).flush();
      await save(job);
    } catch (error) {
      report(error, job);
      await finish(run, faultEnding(error));
      return undefined;
    }
    const { stopped } = run;
    if (stopped === undefined) {
      options.registry.log(job.id).release();
      return job;
    }
    if (stopped !== 'interrupted') await finish(run, endingOf(stopped));
    return undefined;
  };

  const interrupt = async ({ job }: Run) => {
    const log = options.registry.log(job.id);
    try {
      log.flush();
    } catch (error) {
      report(error, job);
    }
    await save(stop(job));
    log.release();
  };

  return {
    async after(run) {
      const ending = await run.ended;
      const { startS } = run.progress;
      if (run.job.yielded && startS !== undefined) options.noteResumed(run.job, startS);
      if (ending === 'interrupted') await interrupt(run);
      else if ('yielded' in ending) return leave(run, ending.yielded);
      else await finish(run, ending);
      return undefined;
    },
  };
}

async function afterTurn(
  { placeAgain, overAfter }: Turns,
  { job, progress }: Run,
  event: ChildEvent<'yielded'>,
): Promise<Job> {
  const remainingS = progress.remainingS();
  const yielded = {
    epoch: event.epoch,
    maxEpoch: event.max_epoch,
    ...(remainingS === undefined ? {} : { remainingS }),
    overS: overAfter(job, progress.trainedS() ?? 0),
    ...(progress.hasUsable ? { usable: true as const } : {}),
    round: job.place.round,
  };
  const place = await placeAgain(job, waitsLonger(job, event, progress.hasUsable));
  return leaveTurn(job, place, yielded, Date.now() / 1000);
}
