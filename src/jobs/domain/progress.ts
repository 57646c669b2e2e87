import type { ChildEvent } from '../../child/event.ts';
import type { Yielded } from './job.ts';
import { isUsable } from './turns.ts';

/** How far a running job is, as its events say. */
export interface Progress {
  note(event: ChildEvent): void;
  /** Training proper has begun: everything before is preparing the data set. */
  readonly training: boolean;
  readonly epoch: number | undefined;
  readonly maxEpoch: number | undefined;
  /** Seconds until it ends, as the child estimated it last. */
  remainingS(): number | undefined;
  /** Seconds that it has run. */
  ranS(): number;
  /** Seconds since its first epoch of this turn; undefined before that. */
  trainedS(): number | undefined;
  /** An epoch has left a model that a pupil can use, in this turn or before. */
  readonly hasUsable: boolean;
  /** The same, and before this turn there was none. */
  readonly isNewlyUsable: boolean;
  /** Seconds that its first process took to the first epoch. */
  readonly startS: number | undefined;
  /** Another process goes on with it. */
  startOver(): void;
}

/**
 * `before`: where it left its last turn. `now`: milliseconds, of a clock that is never set: a turn would last as long as
 * the jump.
 */
export function createProgress(before?: Yielded, now: () => number = () => performance.now()): Progress {
  const begunAt = now();
  let training = before !== undefined;
  let epoch = before?.epoch;
  let maxEpoch = before?.maxEpoch;
  let endsAt: number | undefined;
  let firstEpochAt: number | undefined;
  let startS: number | undefined;
  let isFirst = true;
  let hasUsable = before?.usable === true;

  return {
    note(event) {
      if (event.event === 'train_start' || event.event === 'epoch_start') training = true;
      if (event.event === 'epoch_start') firstEpochAt ??= now();
      if (isFirst && firstEpochAt !== undefined) startS ??= (firstEpochAt - begunAt) / 1000;
      if (event.event === 'epoch_start' || event.event === 'epoch_end') ({ epoch, max_epoch: maxEpoch } = event);
      if (event.event === 'epoch_end') {
        hasUsable ||= isUsable(event.matric);
        if (typeof event.eta_s === 'number') endsAt = now() + event.eta_s * 1000;
      }
    },
    get training() {
      return training;
    },
    get epoch() {
      return epoch;
    },
    get maxEpoch() {
      return maxEpoch;
    },
    ranS: () => (now() - begunAt) / 1000,
    trainedS: () => (firstEpochAt === undefined ? undefined : (now() - firstEpochAt) / 1000),
    get hasUsable() {
      return hasUsable;
    },
    get isNewlyUsable() {
      return hasUsable && !before?.usable;
    },
    get startS() {
      return startS;
    },
    startOver() {
      isFirst = false;
      firstEpochAt = undefined;
    },
    remainingS: () => (endsAt === undefined ? undefined : Math.max(0, (endsAt - now()) / 1000)),
  };
}
