import { clientKey, groupOf } from '../../client.ts';
import { hasBegun, hasFirstAnswer, isEarly, type Job, type QueuePlace } from './job.ts';
import type { Queue, QueueItem } from './queue.ts';
import type { JobTimes } from './job-times.ts';
import type { Progress } from './progress.ts';
import { isStalled, type Turn } from './turns.ts';

// Where a job stands in the queue and in its turn, and when it may start: the same for the scheduler, a restart and the
// simulation.

export function queueItemOf(job: Job): QueueItem {
  return {
    id: job.id,
    clientKey: clientKey(job.client),
    group: groupOf(job.client),
    place: job.place,
    begun: hasBegun(job),
  };
}

type Known = Pick<Job, 'id' | 'early' | 'inputOf'>;

/**
 * A project's jobs run one after the other, oldest first: a training waits for the conversion that was asked for before
 * it. But a training and the conversion of its model so far run side by side, until the training puts its own in place.
 */
export function mayStartNow(
  job: Known,
  running: readonly { readonly job: Known; readonly isFinishing: boolean }[],
  openOfProject: readonly Known[],
): boolean {
  return (
    running.every((other) => (isModelSoFar(job, other.job) && !other.isFinishing) || isModelSoFar(other.job, job)) &&
    openOfProject.every((other) => isModelSoFar(job, other) || other.id >= job.id)
  );
}

/** `conversion` is one of the model so far of this training. */
export function isModelSoFar(conversion: Omit<Known, 'id'>, training: Pick<Known, 'id'>): boolean {
  return isEarly(conversion) && conversion.inputOf === training.id;
}

export function turnOf(
  { job, progress, isAsked }: { readonly job: Job; readonly progress: Progress; readonly isAsked: boolean },
  { sliceNow }: Pick<JobTimes, 'sliceNow'>,
): Turn {
  return {
    id: job.id,
    mayYield: job.kind === 'train',
    isAsked,
    trainedS: progress.trainedS(),
    remainingS: progress.remainingS(),
    sliceS: sliceNow({ job, progress }),
  };
}

/** Where a training waits that leaves its turn to the next one that may start. `isLonger`: a round longer. */
export function placeAfterTurn(
  queue: Pick<Queue, 'next' | 'placeAgain'>,
  mayStart: (jobId: string) => boolean,
  { id, client }: Pick<Job, 'id' | 'client'>,
  isLonger: boolean,
): QueuePlace {
  const [next] = queue.next(mayStart, 1);
  return queue.placeAgain(clientKey(client), id, next?.place, isLonger);
}

/**
 * Whether others come first for a round more when a training leaves its turn: it has not improved for long, or it is one
 * without a quick first model whose own can be used now.
 */
export function waitsLonger(
  job: Job,
  { since_best, max_epoch }: { readonly since_best: number; readonly max_epoch: number },
  hasUsable: boolean,
): boolean {
  return isStalled(since_best, max_epoch) || (hasUsable && !hasFirstAnswer(job));
}

/** The round in which a job was started last; undefined if it never was. A restart takes the queue's round from it. */
export function lastRoundOf({ attempt, stopped, place, yielded }: Job): number | undefined {
  return attempt > 0 || stopped ? place.round : yielded?.round;
}
