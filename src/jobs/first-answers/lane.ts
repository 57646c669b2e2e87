import type { ChildEvent } from '../../child/event.ts';
import type { Job, JobReason } from '../domain/job.ts';
import type { Answered } from './answered.ts';
import type { FirstAnswerHandlers, FirstAnswerProcess, FirstAnswerRequest } from './process.ts';

// While trainings wait for their turn, one process makes the first answers of them, one after the other.

export interface FirstAnswersOptions {
  /** The first in the queue that waits and has no answer, but for those in `without`. */
  next(without: ReadonlySet<string>): Job | undefined;
  /** There is room for one more process. */
  mayRun(): boolean;
  requestFor(job: Job): FirstAnswerRequest;
  start(handlers: FirstAnswerHandlers): FirstAnswerProcess;
  onEvent(job: Job, event: ChildEvent): void;
  /** The answer is made and sent. The next job is taken when this has resolved. */
  onAnswered(job: Job): Promise<void>;
  /** The project cannot be trained. */
  onRefused(job: Job, reason: JobReason): Promise<void>;
  /** From the first call to the second this job must not begin. */
  hold(job: Job, held: boolean): void;
  /** Whether one job after the other is being answered for. */
  onBusy(busy: boolean): void;
  /** What only the people who run the server need to know. */
  report(message: string, about: Reported): void;
  /** The process ends after this time without a job. */
  readonly idleMs: number;
}

export interface Reported {
  readonly job: Job | undefined;
  /** The id of the process. */
  readonly child: number | undefined;
  /** The end of what it wrote, or why it gave up. */
  readonly written: string;
}

export interface FirstAnswers {
  /** Look for a job to answer for. Call it when one has come to wait. */
  wake(): void;
  /** Resolves when nothing is being done for this job, and nothing will be. */
  drop(jobId: string): Promise<void>;
  close(): Promise<void>;
}

/** A job whose process died is tried once more, by a new one; after that its training answers by itself. */
const TRIES = 2;

/** So many jobs that follow are named with each one: their photos are read meanwhile, two projects at once. */
const READ_AHEAD = 2;

const DIED = 'the process of first answers ended; the next one starts another';
const NOT_MADE = 'no first answer could be made before the training';

export function createFirstAnswers(options: FirstAnswersOptions): FirstAnswers {
  const tries = createTries();
  let current: Job | undefined;
  let closed = false;
  const resident = createResident(options, {
    onEvent: (event) => current && options.onEvent(current, event),
    onAnswered: (answered) => void answer(answered),
    onEnd(written) {
      const job = current;
      options.report(DIED, { job, child: resident.child, written });
      if (job === undefined) return;
      tries.noteDeath(job.id);
      release(job);
    },
  });

  const wake = () => {
    if (closed || current !== undefined || resident.isStopping) return;
    const job = options.next(tries.givenUp);
    if (job !== undefined && (resident.isRunning || options.mayRun())) return begin(job);
    // One that was given up may still wait for its turn: it must not be asked about again because another one comes.
    if (options.next(new Set()) === undefined) tries.forget();
    options.onBusy(false);
    resident.rest(wake);
  };

  const begin = (job: Job) => {
    current = job;
    options.hold(job, true);
    options.onBusy(true);
    tries.begin(job.id);
    const next = firstOf(options.next, new Set([...tries.givenUp, job.id])).map(options.requestFor);
    resident.send({ ...options.requestFor(job), ...(next.length > 0 && { next }) });
  };

  const answer = async ({ id, error, failed }: Answered) => {
    const job = current;
    if (job?.id !== id) return;
    try {
      if (error !== undefined) await options.onRefused(job, error);
      else if (failed === undefined) await options.onAnswered(job);
      else giveUp(job, failed);
    } catch (fault) {
      giveUp(job, String(fault));
    }
    if (current === job) release(job);
  };

  const giveUp = (job: Job, why: string) => {
    tries.giveUp(job.id);
    options.report(NOT_MADE, { job, child: resident.child, written: why });
  };

  const release = (job: Job) => {
    current = undefined;
    options.hold(job, false);
    wake();
  };

  return {
    wake,
    async drop(jobId) {
      const job = current;
      if (job?.id !== jobId) return;
      // The process cannot be interrupted otherwise, and must not write to a folder that is being deleted.
      await resident.stop();
      if (current === job) release(job);
    },
    async close() {
      closed = true;
      await resident.stop();
    },
  };
}

/** The first READ_AHEAD of those that wait, but for those in `without`. */
function firstOf(next: FirstAnswersOptions['next'], without: ReadonlySet<string>): Job[] {
  const found: Job[] = [];
  while (found.length < READ_AHEAD) {
    const job = next(new Set([...without, ...found.map(({ id }) => id)]));
    if (job === undefined) break;
    found.push(job);
  }
  return found;
}

/** How often each job was tried since all were done. */
function createTries() {
  const begun = new Map<string, number>();
  const givenUp = new Set<string>();
  return {
    givenUp: givenUp as ReadonlySet<string>,
    begin: (jobId: string) => void begun.set(jobId, (begun.get(jobId) ?? 0) + 1),
    noteDeath(jobId: string) {
      if ((begun.get(jobId) ?? 0) >= TRIES) givenUp.add(jobId);
    },
    giveUp: (jobId: string) => void givenUp.add(jobId),
    /** Of ended jobs nothing needs to be known. */
    forget() {
      begun.clear();
      givenUp.clear();
    },
  };
}

/** The process: started for the first request, ended after a while without any. */
function createResident(
  { start, idleMs }: Pick<FirstAnswersOptions, 'start' | 'idleMs'>,
  handlers: FirstAnswerHandlers,
) {
  let process: FirstAnswerProcess | undefined;
  let child: number | undefined;
  let stopping: Promise<void> | undefined;
  let idle: NodeJS.Timeout | undefined;

  const stop = async () => {
    clearTimeout(idle);
    const old = process;
    process = undefined;
    stopping ??= old?.stop().finally(() => (stopping = undefined));
    await stopping;
  };

  return {
    /** The process that runs, or the last one that did. */
    get child() {
      return process?.child ?? child;
    },
    get isRunning() {
      return process !== undefined;
    },
    get isStopping() {
      return stopping !== undefined;
    },
    send(request: FirstAnswerRequest) {
      clearTimeout(idle);
      process ??= start({
        ...handlers,
        onEnd(written) {
          child = process?.child;
          process = undefined;
          handlers.onEnd(written);
        },
      });
      process.send(request);
    },
    /** Nothing is to be done now. `after`: what may have come while it was ended. */
    rest(after: () => void) {
      clearTimeout(idle);
      if (process !== undefined) idle = setTimeout(() => void stop().then(after), idleMs).unref();
    },
    stop,
  };
}
