import { type Job, wantsFirstAnswer } from './job.ts';

// Which trainings that wait are answered for next, and what keeps them from beginning meanwhile: in one process, or where
// several share the work (src/cluster/answers.ts).

/** A job whose process died is tried once more, by a new one; after that its training answers by itself. */
export const ANSWER_TRIES = 2;

/** `undone`: nothing was wrong with it; somebody may answer for it later. */
export type LetGo = 'done' | 'undone' | 'died' | 'given up';

export interface AnswerQueue {
  /** The first that this process may answer for, but for those in `without`. */
  next(without: ReadonlySet<string>): Job | undefined;
  /** What this process will probably answer for after those in `without`: their photos may be read meanwhile. */
  following(without: ReadonlySet<string>): Job | undefined;
  /** It does not begin until it is let go. False: it has begun, or another process answers for it. */
  hold(job: Job): true | Promise<boolean>;
  letGo(job: Job, how: LetGo): void | Promise<void>;
  /** `drop` is called where a job that is held is to be let go: it was cancelled, or is another's now. */
  onLost(drop: (jobId: string) => Promise<void>): void;
}

/**
 * The trainings to answer for, in the order of the queue, so many at most. `waiting`: all that could start now, next first.
 * Those for which a slot is free start at once, and answer by themselves.
 */
export function answerOrder(
  waiting: Iterable<Job>,
  freeSlots: number,
  isWanted: (job: Job) => boolean = () => true,
  most = 1,
): Job[] {
  const found: Job[] = [];
  let before = 0;
  for (const job of waiting) {
    if (found.length === most) break;
    if (before >= freeSlots && wantsFirstAnswer(job) && isWanted(job)) found.push(job);
    before += 1;
  }
  return found;
}
