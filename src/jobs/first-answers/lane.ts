import type { ChildEvent } from '../../child/event.ts';
import { type AnswerQueue, ANSWER_TRIES, type LetGo } from '../domain/answer-queue.ts';
import type { Job, JobReason } from '../domain/job.ts';
import type { Answered } from './answered.ts';
import type { FirstAnswerHandlers, FirstAnswerProcess, FirstAnswerRequest } from './process.ts';

// While trainings wait for their turn, one process makes the first answers of them, one after the other.

export interface FirstAnswersOptions {
  readonly queue: Omit<AnswerQueue, 'onLost'>;
  /** There is room for one more process. */
  mayRun(): boolean;
  requestFor(job: Job): FirstAnswerRequest;
  start(handlers: FirstAnswerHandlers): FirstAnswerProcess;
  onEvent(job: Job, event: ChildEvent): void;
  /** The answer is made and sent. The next job is taken when this has resolved. */
  onAnswered(job: Job): Promise<void>;
  /** The project cannot be trained. */
  onRefused(job: Job, reason: JobReason): Promise<void>;
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
      if (job !== undefined) tries.noteDeath(job.id);
      if (job !== undefined) void release(job, 'died');
    },
  });

  const wake = () => {
    if (closed || current !== undefined || resident.isStopping) return;
    const job = options.queue.next(tries.givenUp);
    if (job !== undefined && (resident.isRunning || options.mayRun())) {
      current = job;
      return whenHeld(options.queue.hold(job), (isHeld) => ask(job, isHeld));
    }
    // One that was given up may still wait for its turn: it must not be asked about again because another one comes.
    if (options.queue.next(new Set()) === undefined) tries.forget();
    options.onBusy(false);
    resident.rest(wake);
  };

  const ask = (job: Job, isHeld: boolean) => {
    if (isHeld && current === job && !closed) {
      options.onBusy(true);
      tries.begin(job.id);
      return resident.send(requestOf(options, job, tries.givenUp));
    }
    // it was dropped while it was taken, or another process has it
    if (isHeld) void options.queue.letGo(job, 'undone');
    if (current === job) current = undefined;
    wake();
  };

  const answer = async (answered: Answered) => {
    const job = current;
    if (job?.id !== answered.id) return;
    const written = await conclude(options, job, answered);
    if (written !== undefined) tries.giveUp(job.id);
    if (written !== undefined) options.report(NOT_MADE, { job, child: resident.child, written });
    if (current === job) void release(job, written === undefined ? 'done' : 'given up');
  };

  const release = (job: Job, how: LetGo) => {
    current = undefined;
    const done = options.queue.letGo(job, how);
    wake();
    return done;
  };

  /** The process cannot be interrupted otherwise, and must not write to a folder that is being deleted. */
  const stop = async () => {
    const job = current;
    await resident.stop();
    if (job !== undefined && current === job) await release(job, 'undone');
  };

  return {
    wake,
    async drop(jobId) {
      if (current?.id === jobId) await stop();
    },
    close() {
      closed = true;
      return stop();
    },
  };
}

/** At once where it is held at once. */
function whenHeld(held: true | Promise<boolean>, then: (isHeld: boolean) => void): void {
  if (held === true) then(true);
  else void held.catch(() => false).then(then);
}

/** Why there is no answer; undefined: there is, or the job has ended. */
async function conclude(options: FirstAnswersOptions, job: Job, answered: Answered): Promise<string | undefined> {
  try {
    if (answered.error !== undefined) await options.onRefused(job, answered.error);
    else if (answered.failed === undefined) await options.onAnswered(job);
    return answered.failed;
  } catch (fault) {
    return String(fault);
  }
}

/** The job, and the first READ_AHEAD of those that follow, but for those that were given up. */
function requestOf(
  { queue, requestFor }: Pick<FirstAnswersOptions, 'queue' | 'requestFor'>,
  job: Job,
  givenUp: ReadonlySet<string>,
): FirstAnswerRequest {
  const next: Job[] = [];
  while (next.length < READ_AHEAD) {
    const found = queue.following(new Set([...givenUp, job.id, ...next.map(({ id }) => id)]));
    if (found === undefined) break;
    next.push(found);
  }
  return { ...requestFor(job), ...(next.length > 0 && { next: next.map(requestFor) }) };
}

/** How often each job was tried since all were done. */
function createTries() {
  const begun = new Map<string, number>();
  const givenUp = new Set<string>();
  return {
    givenUp: givenUp as ReadonlySet<string>,
    begin: (jobId: string) => void begun.set(jobId, (begun.get(jobId) ?? 0) + 1),
    noteDeath(jobId: string) {
      if ((begun.get(jobId) ?? 0) >= ANSWER_TRIES) givenUp.add(jobId);
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
