import { JOB_TIMES } from '../time-limits.ts';
import type { ChildCommand, StartChild } from './child.ts';
import { type ForkParent, startForkParent } from './fork-parent.ts';
import { spawnChild } from './spawn.ts';

// How a Python process with torch imported comes to be: forked from one that has done so, or started anew.

export type Starting = 'fork' | 'spawn';

/** Forks of a process that uses Apple's frameworks crash, and Windows has none. */
export const STARTING: Starting = process.platform === 'linux' ? 'fork' : 'spawn';

export interface Starter {
  readonly start: StartChild;
  /** How long after a job's start the next child is prepared, and how much memory it needs in proportion to a first one. */
  readonly ahead: { readonly afterMs: number; readonly memory: number };
  /** Nobody needs a child soon: give back the memory. */
  rest(): void;
  close(): Promise<void>;
}

export interface ForkOptions {
  /** Starts the process that forks. */
  readonly parent: ChildCommand;
  /** Whether there is memory for it. */
  hasMemory(): boolean;
}

/** Each child imports by itself: seconds. */
export function createSpawnStarter(): Starter {
  return {
    start: spawnChild,
    ahead: { afterMs: JOB_TIMES.aheadMs, memory: 2 },
    rest: () => undefined,
    close: async () => undefined,
  };
}

/** Children are forked: milliseconds. Where that does not work a child imports by itself, so no job depends on it. */
export function createForkStarter({ parent: command, hasMemory }: ForkOptions): Starter {
  let parent: ForkParent | undefined;
  let resting: Promise<void> = Promise.resolve();
  let closed = false;
  return {
    start(wanted, handlers) {
      // For a job that was just beginning, and is stopped: nobody would end another process that forks.
      if (closed) return spawnChild(wanted, handlers);
      if (parent?.running) return parent.fork(wanted, handlers);
      // One that never got ready would fail again; the child's own error says what is wrong.
      const failed = parent?.ready === false;
      parent = undefined;
      if (failed || !hasMemory()) return spawnChild(wanted, handlers);
      parent = startForkParent(command);
      return parent.fork(wanted, handlers);
    },
    ahead: { afterMs: 0, memory: 1 },
    rest() {
      if (parent?.children !== 0) return;
      resting = parent.close();
      parent = undefined;
    },
    async close() {
      closed = true;
      await Promise.all([resting, parent?.close()]);
    },
  };
}
