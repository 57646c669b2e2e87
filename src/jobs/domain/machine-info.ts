import type { ChildEvent } from '../../child/event.ts';

/** What jobs run on, as the first child said when torch was imported; until then that it is not known yet. */
export interface MachineInfo {
  readonly device: string;
  readonly backend: string;
}

/** Stands for device and backend if the first child did not report them. */
export const NOT_AVAILABLE = 'not available';

/** Until the first child has reported them. */
const STARTING = 'starting';

/** A child has reported it. */
export const isKnown = (backend: string): boolean => backend !== STARTING && backend !== NOT_AVAILABLE;

export interface MachineInfoKeeper extends MachineInfo {
  ready(event: ChildEvent<'ready'>): void;
  /** A waiting child ended by itself. */
  lost(): void;
}

export function createMachineInfo(): MachineInfoKeeper {
  let device: string = STARTING;
  let backend: string = STARTING;
  return {
    get device() {
      return device;
    },
    get backend() {
      return backend;
    },
    ready(event) {
      device = event.device;
      backend = `torch ${event.torch}`;
    },
    lost() {
      if (backend === STARTING) [device, backend] = [NOT_AVAILABLE, NOT_AVAILABLE];
    },
  };
}
