import type { AnswerQueue } from '../domain/answer-queue.ts';
import { type Job, wantsFirstAnswer } from '../domain/job.ts';
import type { Queue } from '../domain/queue.ts';

// The trainings to answer for where one process has the whole queue.

export interface OwnAnswerQueue extends AnswerQueue {
  /** It must not begin now. */
  isHeld(jobId: string): boolean;
}

/** Whatever can start has started: all that wait are to be answered for. */
export function answersOf(
  queue: Pick<Queue, 'next'>,
  jobOf: (jobId: string) => Job | undefined,
  onFree: () => void,
): OwnAnswerQueue {
  const heldBack = new Set<string>();
  const next = (without: ReadonlySet<string>) => {
    const isWanted = (id: string) => {
      const job = without.has(id) ? undefined : jobOf(id);
      return job !== undefined && wantsFirstAnswer(job);
    };
    const [item] = queue.next(isWanted, 1);
    return item && jobOf(item.id);
  };
  return {
    next,
    following: next,
    hold({ id }) {
      heldBack.add(id);
      return true;
    },
    letGo({ id }) {
      if (heldBack.delete(id)) onFree();
    },
    onLost: () => undefined,
    isHeld: (jobId) => heldBack.has(jobId),
  };
}
