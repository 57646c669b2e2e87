// Trainings take turns: when one is asked to let others have theirs.

/** How long a turn is. */
export interface SliceRule {
  readonly leastS: number;
  /** A turn is this many times as long as going on costs. With 20, 95 % of the time is spent on training. */
  readonly costs: number;
}

/** Seconds that a training may train in one turn, by the seconds from the start of its process to its first epoch. */
export function sliceOf({ leastS, costs }: SliceRule, resumeCostS: number): number {
  return Math.max(leastS, costs * resumeCostS);
}

/** From this figure of an epoch on, in percent, a pupil can use the model: `val_acc`, which of boxes is the mAP. */
const USABLE_PERCENT = 90;

/** Whether an epoch with these figures leaves a model that can be used. */
export function isUsable({ val_acc }: Readonly<Record<string, number | null>>): boolean {
  return (val_acc ?? 0) >= USABLE_PERCENT;
}

/** A training leaves a turn at once only once, so going on may cost a larger part of it than of a slice. */
const SHARE_TO_LEAVE = 0.1;

/**
 * Whether a training of so many seconds in all that has its first usable model leaves its turn at once for those that have
 * none.
 */
export function leavesWhenUsable(resumeCostS: number, wholeS: number): boolean {
  return resumeCostS <= SHARE_TO_LEAVE * wholeS;
}

/** A job in its turn. */
export interface Turn {
  readonly id: string;
  /** Only trainings can go on later. */
  readonly mayYield: boolean;
  /** It was asked for its turn already. It may still end instead. */
  readonly isAsked: boolean;
  /** Seconds since its first epoch of this turn; undefined before that. */
  readonly trainedS: number | undefined;
  /** Seconds until it ends by itself, where that is known. */
  readonly remainingS: number | undefined;
  readonly sliceS: number;
}

/** A training goes on to its end if it needs no more than this part of a slice. */
const SHARE_TO_FINISH = 0.25;
/** A training is looked at again after this time at the earliest: one that should have ended may be late. */
const LOOK_AGAIN_S = 0.1;

export interface YieldPlan {
  /** Whom to ask for its turn now. */
  readonly ask: readonly string[];
  /** Seconds until the next one may have to be asked; undefined: no time of its own brings that about. */
  readonly lookAgainS: number | undefined;
}

/** Whom to ask, if so many jobs wait that could start on a slot. Those whose slice was over first come first. */
export function planYields(turns: readonly Turn[], waiting: number): YieldPlan {
  const needed = waiting - turns.filter(({ isAsked }) => isAsked).length;
  if (needed <= 0) return { ask: [], lookAgainS: undefined };
  const open = turns.filter(({ mayYield, isAsked }) => mayYield && !isAsked);
  const over = open.filter((turn) => dueInS(turn) === 0).sort((a, b) => overtimeS(b) - overtimeS(a));
  const ask = over.slice(0, needed).map(({ id }) => id);
  const later = open.filter(({ id }) => !ask.includes(id)).map(dueInS);
  const lookAgainS = ask.length < needed && later.length > 0 ? Math.min(...later) : undefined;
  return { ask, lookAgainS };
}

/** Seconds until a training is to be asked, at the earliest. */
function dueInS({ trainedS, remainingS, sliceS }: Turn): number {
  if (trainedS === undefined || trainedS < sliceS) return Math.max(sliceS - (trainedS ?? 0), LOOK_AGAIN_S);
  if (remainingS === undefined || remainingS > SHARE_TO_FINISH * sliceS) return 0;
  return Math.max(remainingS, LOOK_AGAIN_S);
}

function overtimeS({ trainedS = 0, sliceS }: Turn): number {
  return trainedS - sliceS;
}

/** Epochs without improvement after which a training learns so little that others come first, but no fewer than MIN. */
const STALLED_SHARE = 0.2;
const STALLED_LEAST = 5;

/** Whether a training has not improved for long. */
export function isStalled(epochsSinceBest: number, maxEpoch: number): boolean {
  return epochsSinceBest >= Math.max(STALLED_LEAST, STALLED_SHARE * maxEpoch);
}
