import type { Slot } from './slots.ts';

/** The slots that no job has, in their order. Those beside the others are for short jobs. */
export interface FreeSlots {
  has(beside: boolean): boolean;
  take(beside: boolean): Slot | undefined;
  /** A job has left it, or it is a new one. */
  give(slot: Slot): void;
  /** It does not come back, whether a job has it now or not. */
  drop(slot: Slot): void;
}

export function createFreeSlots(slots: readonly Slot[], slotsBeside: readonly Slot[]): FreeSlots {
  const free = [...slots, ...slotsBeside];
  const gone = new WeakSet<Slot>();
  const find = (beside: boolean) => free.findIndex((slot) => slotsBeside.includes(slot) === beside);
  return {
    has: (beside) => find(beside) >= 0,
    take(beside) {
      const at = find(beside);
      return at < 0 ? undefined : free.splice(at, 1)[0];
    },
    give(slot) {
      if (!gone.has(slot)) free.push(slot);
      free.sort((a, b) => a.index - b.index);
    },
    drop(slot) {
      gone.add(slot);
      const at = free.indexOf(slot);
      if (at >= 0) free.splice(at, 1);
    },
  };
}
