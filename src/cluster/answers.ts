import { type AnswerQueue, answerOrder, type LetGo } from '../jobs/domain/answer-queue.ts';
import { type Job, wantsFirstAnswer } from '../jobs/domain/job.ts';
import { endingOf } from '../jobs/run/run.ts';
import type { SchedulerOptions } from '../jobs/scheduler.ts';
import type { AnswerTries } from './answer-tries.ts';
import type { Entries } from './bull.ts';
import type { Claims } from './claims.ts';
import { keepLock, type Lock } from './keep-lock.ts';
import type { Leases } from './leases.ts';
import { within } from './redis.ts';
import type { TakeUp } from './take-up.ts';
import type { ClusterTimes } from './times.ts';

// Which trainings that wait this worker answers for. Each worker knows all that wait, and takes the first that nobody has:
// out of the queue, so that no training begins meanwhile, and with a claim on the disk like one that runs, so that only
// one process writes. It then puts the training back, to the place that it had.

export interface AnswersOptions {
  readonly scheduler: Pick<SchedulerOptions, 'finalize' | 'onEnded' | 'registry'>;
  readonly claims: Claims;
  readonly entries: Pick<Entries, 'add' | 'withdraw'>;
  readonly leases: Leases;
  readonly tries: AnswerTries;
  readonly times: ClusterTimes;
  readonly takeUp: TakeUp;
  /** What waits in the queue to be taken, next first. */
  waiting(): Iterable<Job>;
  /** Slots of all workers on which nothing runs. */
  freeSlots(): number;
  /** Workers that give first answers. */
  lanes(): number;
  /** Look again who waits. */
  look(): void;
  onError(error: unknown): void;
}

export interface ClusterAnswers extends AnswerQueue {
  /** It is being answered for here; from now on it is not put back. */
  giveUp(jobId: string): boolean;
  /** Resolves when it is not being answered for here (any more). */
  endHere(jobId: string): Promise<void>;
  /** Look whether a job that is being answered for is to end. */
  lookForCancel(jobId: string): void;
  close(): void;
}

export function createAnswers(options: AnswersOptions): ClusterAnswers {
  const { times, claims, leases } = options;
  const { registry } = options.scheduler;
  const held = new Map<string, Lock>();
  const passed = createPassed(times.lockMs / 2, options.look);
  let drop: (jobId: string) => Promise<void> = async () => undefined;

  const order = (without: ReadonlySet<string>, most: number) => {
    const isWanted = ({ id }: Job) => !without.has(id) && !held.has(id) && !passed.has(id);
    return answerOrder(options.waiting(), options.freeSlots(), isWanted, most);
  };

  const lookForCancel = async (jobId: string) => {
    const job = registry.get(jobId);
    const isHeld = held.has(jobId) && job !== undefined;
    if (isHeld && (!claims.has(jobId) || (await claims.cancelled(job)) !== undefined)) await drop(jobId);
  };
  const look = (jobId: string) => void lookForCancel(jobId).catch(options.onError);
  const looks = setInterval(() => {
    for (const jobId of held.keys()) look(jobId);
  }, times.cancelLookMs).unref();

  return {
    next: (without) => order(without, 1)[0],
    // Where several answer, others take those that follow.
    following: (without) => (options.lanes() > 1 ? undefined : order(without, 1)[0]),
    async hold(job) {
      const isTaken = await take(options, job).catch((error: unknown) => options.onError(error));
      if (!isTaken) passed.add(job.id);
      else
        held.set(
          job.id,
          keepLock(
            () => leases.renew(job.id),
            times,
            () => void drop(job.id),
          ),
        );
      return isTaken === true;
    },
    async letGo({ id }, how) {
      const lock = held.get(id);
      if (lock === undefined) return;
      lock.stop();
      await putBack(options, id, how).catch(options.onError);
      held.delete(id);
      options.look();
    },
    onLost(listener) {
      drop = listener;
    },
    giveUp(jobId) {
      held.get(jobId)?.stop();
      return held.delete(jobId) && claims.has(jobId);
    },
    async endHere(jobId) {
      if (held.has(jobId)) await drop(jobId);
    },
    lookForCancel: look,
    close() {
      clearInterval(looks);
      passed.clear();
    },
  };
}

/** True: nobody else has it now. */
async function take(options: AnswersOptions, { id, ref }: Job): Promise<boolean> {
  const { leases, tries, entries, takeUp, scheduler } = options;
  if (!(await leases.take(id))) return false;
  let mine: Job | undefined;
  try {
    if ((await tries.areOver(id)) || !(await entries.withdraw(id))) return false;
    await takeUp({ ref, jobId: id }, (job) => {
      mine = wantsFirstAnswer(job) ? job : undefined;
      return undefined;
    });
    if (mine === undefined) await putBack(options, id, 'undone');
    else {
      // others are to know its claim, should this process die
      await scheduler.registry.save(mine);
      await tries.begin(id);
    }
    return mine !== undefined;
  } finally {
    if (mine === undefined) await leases.release(id);
  }
}

/** Into the queue again; or to its end, where it was cancelled meanwhile. */
async function putBack(options: AnswersOptions, jobId: string, how: LetGo): Promise<void> {
  const { scheduler, claims, entries, leases, tries, times } = options;
  const { registry } = scheduler;
  const job = registry.get(jobId);
  const own = job?.state === 'waiting' && claims.has(jobId) ? job : undefined;
  if (own) registry.log(jobId).flush();
  const cause = own && (await claims.cancelled(own));
  const isOver = cause !== undefined && cause !== 'interrupted';
  if (own && isOver) scheduler.onEnded(await scheduler.finalize(own, endingOf(cause)));
  claims.release(jobId);
  await within(leases.release(jobId), times.lockMs);
  if (!own || isOver) return;
  await within(tries.note(jobId, how), times.lockMs);
  await within(entries.add(own), times.lockMs);
}

/** What this process could not have, for a while: another one has it, or it is not in the queue. */
function createPassed(ms: number, onOver: () => void) {
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    has: (jobId: string) => timers.has(jobId),
    add(jobId: string) {
      const over = () => {
        timers.delete(jobId);
        onOver();
      };
      clearTimeout(timers.get(jobId));
      timers.set(jobId, setTimeout(over, ms).unref());
    },
    clear() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
