import { createFreeSlots, type FreeSlots } from '../../src/jobs/domain/free-slots.ts';
import type { Slot } from '../../src/jobs/domain/slots.ts';

// The slots of a simulated server.

export interface SlotOptions {
  readonly slots: number;
  /** Of each slot; 1 if it is left out. */
  readonly threads?: number;
}

export function slotsOf({ slots, threads = 1 }: SlotOptions): readonly Slot[] {
  return Array.from({ length: slots }, (_, index) => ({ index, device: 'cpu', threads }));
}

export function freeSlotsOf(options: SlotOptions): FreeSlots {
  return createFreeSlots(slotsOf(options), []);
}
