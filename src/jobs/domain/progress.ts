import type { ChildEvent } from '../../child/event.ts';

/** How far a running job is, as its events say. */
export interface Progress {
  note(event: ChildEvent): void;
  /** Training proper has begun: everything before is preparing the data set. */
  readonly training: boolean;
  readonly epoch: number | undefined;
  readonly maxEpoch: number | undefined;
  /** Seconds until it ends, as the child estimated it last. */
  remainingS(): number | undefined;
}

export function createProgress(now: () => number = Date.now): Progress {
  let training = false;
  let epoch: number | undefined;
  let maxEpoch: number | undefined;
  let endsAt: number | undefined;

  return {
    note(event) {
      if (event.event === 'train_start' || event.event === 'epoch_start') training = true;
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
    remainingS: () => (endsAt === undefined ? undefined : Math.max(0, (endsAt - now()) / 1000)),
  };
}
