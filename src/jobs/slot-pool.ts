import { freemem } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import { childCommand, parentCommand } from '../child/command.ts';
import { createForkStarter, createSpawnStarter } from '../child/starter.ts';
import { createWarmPool, type WarmPool } from '../child/warm-pool.ts';
import type { Config } from '../config.ts';
import type { MachineInfoKeeper } from './domain/machine-info.ts';
import type { Slot } from './domain/slots.ts';
import type { JobTuning } from './tuning.ts';

// The Python processes that wait for jobs of this computer's slots.

export interface SlotPoolOptions {
  readonly config: Config;
  /** What children may inherit from, by an allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
}

/** A process for each slot, with its imports done. */
export function createSlotPool(
  { config, environment, log }: SlotPoolOptions,
  tuning: Pick<JobTuning, 'starting' | 'warmMinFreeBytes' | 'warmIdleMs'>,
  slots: readonly Slot[],
  machine: Pick<MachineInfoKeeper, 'ready' | 'lost'>,
): WarmPool {
  const [first = { device: config.device, threads: 1 }] = slots;
  const hasMemory = () => freemem() >= tuning.warmMinFreeBytes;
  return createWarmPool({
    slots: slots.length,
    starter:
      tuning.starting === 'fork'
        ? createForkStarter({ parent: parentCommand(config, environment, first), hasMemory })
        : createSpawnStarter(),
    commandOf: (slot) => childCommand(config, environment, slots[slot] ?? first),
    idleMs: tuning.warmIdleMs,
    minFreeBytes: tuning.warmMinFreeBytes,
    freeBytes: freemem,
    onReady: (ready) => machine.ready(ready),
    onLost(slot, written, child) {
      machine.lost();
      log.warn({ slot, child, written }, 'the waiting child ended; the next job starts another');
    },
  });
}
