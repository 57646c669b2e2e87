import { createFreeSlots, type FreeSlots } from '../../src/jobs/domain/free-slots.ts';

// The slots of a simulated server.

export interface SlotOptions {
  readonly slots: number;
  /** Of each slot; 1 if it is left out. */
  readonly threads?: number;
}

export function freeSlotsOf({ slots, threads = 1 }: SlotOptions): FreeSlots {
  return createFreeSlots(
    Array.from({ length: slots }, (_, index) => ({ index, device: 'cpu', threads })),
    [],
  );
}

/** Whether several trainings may have a slot. */
export function isShared({ threads = 1 }: SlotOptions): boolean {
  return threads > 1;
}
