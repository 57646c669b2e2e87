import type { ChildEvent } from '../../child/event.ts';
import type { Yielded } from './job.ts';

/** How far a running job is, as its events say. */
export interface Progress {
  note(event: ChildEvent): void;
  /** Training proper has begun: everything before is preparing the data set. */
  readonly training: boolean;
  readonly epoch: number | undefined;
  readonly maxEpoch: number | undefined;
  /** Seconds until it ends, as the child estimated it last. */
  remainingS(): number | undefined;
  /** When its first epoch began, in milliseconds since the epoch of clocks. */
  readonly firstEpochAt: number | undefined;
}

/** `before`: where it left its last turn. */
export function createProgress(before?: Yielded, now: () => number = Date.now): Progress {
  let training = before !== undefined;
  let epoch = before?.epoch;
  let maxEpoch = before?.maxEpoch;
  let endsAt: number | undefined;
  let firstEpochAt: number | undefined;

  return {
    note(event) {
      if (event.event === 'train_start' || event.event === 'epoch_start') training = true;
      if (event.event === 'epoch_start') firstEpochAt ??= now();
      if (event.event === 'epoch_start' || event.event === 'epoch_end') ({ epoch, max_epoch: maxEpoch } = event);
      if (event.event === 'epoch_end' && typeof event.eta_s === 'number') endsAt = now() + event.eta_s * 1000;
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
    get firstEpochAt() {
      return firstEpochAt;
    },
    remainingS: () => (endsAt === undefined ? undefined : Math.max(0, (endsAt - now()) / 1000)),
  };
}
