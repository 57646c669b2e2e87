import { type Slot, threadsToShare } from './slots.ts';

/** What a job takes: a slot, one thread of a slot that it shares with others like it, or a slot beside the others. */
export type Want = 'slot' | 'thread' | 'beside';

/** The slots that no job has, in their order. Those beside the others are for short jobs. */
export interface FreeSlots {
  has(want: Want): boolean;
  take(want: Want): Slot | undefined;
  /** How many slots nobody has, without those beside the others. */
  readonly slots: number;
  /** Whether a slot that is shared has a free thread. */
  readonly hasFreeThread: boolean;
  /** A job has left it, or it is a new one. */
  give(slot: Slot): void;
  /** It does not come back, whether a job has it now or not. */
  drop(slot: Slot): void;
}

export function createFreeSlots(slots: readonly Slot[], slotsBeside: readonly Slot[]): FreeSlots {
  const free = [...slots, ...slotsBeside];
  const gone = new WeakSet<Slot>();
  const threads = createSharedSlots(gone);
  const takeWhole = (beside: boolean) => {
    const at = free.findIndex((slot) => slotsBeside.includes(slot) === beside);
    return at < 0 ? undefined : free.splice(at, 1)[0];
  };
  const give = (slot: Slot) => {
    if (!gone.has(slot)) free.push(slot);
    free.sort((a, b) => a.index - b.index);
  };
  return {
    has: (want) =>
      free.some((slot) => slotsBeside.includes(slot) === (want === 'beside')) || (want === 'thread' && threads.hasRoom),
    take(want) {
      if (want !== 'thread') return takeWhole(want === 'beside');
      return threads.take() ?? threads.open(takeWhole(false));
    },
    get slots() {
      return free.filter((slot) => !slotsBeside.includes(slot)).length;
    },
    get hasFreeThread() {
      return threads.hasRoom;
    },
    give(slot) {
      const whole = threads.wholeOf(slot);
      if (whole === undefined) give(slot);
      else if (threads.leave(whole)) give(whole);
    },
    drop(slot) {
      gone.add(slot);
      const at = free.indexOf(slot);
      if (at >= 0) free.splice(at, 1);
    },
  };
}

/** Slots of which jobs have single threads. */
function createSharedSlots(gone: WeakSet<Slot>) {
  /** By slot, how many jobs it has. */
  const shared = new Map<Slot, number>();
  const wholeOf = new WeakMap<Slot, Slot>();
  const withRoom = () =>
    [...shared.keys()].find((slot) => !gone.has(slot) && (shared.get(slot) ?? 0) < threadsToShare(slot));
  const takeFrom = (slot: Slot) => {
    shared.set(slot, (shared.get(slot) ?? 0) + 1);
    const thread = { ...slot, threads: 1 };
    wholeOf.set(thread, slot);
    return thread;
  };
  return {
    get hasRoom() {
      return withRoom() !== undefined;
    },
    take() {
      const slot = withRoom();
      return slot && takeFrom(slot);
    },
    /** The first thread of a slot that nobody has; the slot itself where it is not shared. */
    open: (slot: Slot | undefined) => (slot && threadsToShare(slot) > 1 ? takeFrom(slot) : slot),
    wholeOf: (slot: Slot) => wholeOf.get(slot),
    /** Whether nobody has the slot any more. */
    leave(slot: Slot) {
      const left = (shared.get(slot) ?? 1) - 1;
      if (left > 0) shared.set(slot, left);
      else shared.delete(slot);
      return left <= 0;
    },
  };
}
