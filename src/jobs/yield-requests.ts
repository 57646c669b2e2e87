import { JOB_TIMES } from '../time-limits.ts';
import { turnOf } from './domain/next-turn.ts';
import { planYields } from './domain/turns.ts';
import type { Run } from './run/run.ts';

// Asks trainings to leave their turn when other jobs wait.

export interface YieldRequestOptions {
  /** How many jobs wait that could start on a slot. */
  waiting(): number;
  running(): readonly Pick<Run, 'job' | 'progress' | 'isAsked'>[];
  /** Seconds of the turn of this job. */
  sliceNow(run: Pick<Run, 'job' | 'progress'>): number;
  /** Whether the disk has room for one more training that waits. */
  hasRoom(): Promise<boolean>;
  /** Ask a training to leave its turn. */
  askToYield(jobId: string): void;
}

export interface YieldRequests {
  /** What runs or waits has changed. */
  look(): void;
  close(): void;
}

/** Asks trainings to leave their turn when their slice is over and others wait (domain/turns.ts decides). */
export function createYieldRequests(options: YieldRequestOptions): YieldRequests {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const look = () => {
    clearTimeout(timer);
    if (closed) return;
    const { ask, lookAgainS } = plan();
    if (ask.length > 0) void askWithRoom();
    else if (lookAgainS !== undefined) lookAfter(lookAgainS * 1000);
  };

  const plan = () =>
    planYields(
      options.running().map((run) => turnOf(run, options)),
      options.waiting(),
    );

  const lookAfter = (ms: number) => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(look, ms);
  };

  const askWithRoom = async () => {
    if (!(await options.hasRoom())) return lookAfter(JOB_TIMES.roomAgainMs);
    // Others may have come or gone while the disk answered.
    const { ask, lookAgainS } = plan();
    for (const jobId of ask) options.askToYield(jobId);
    if (lookAgainS !== undefined) lookAfter(lookAgainS * 1000);
  };

  return {
    look,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
