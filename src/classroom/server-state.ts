import { statfs } from 'node:fs/promises';
import type { EventBus } from '../events/event-bus.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { ServerState } from './schemas.ts';

export interface ServerSources {
  readonly projectsDir: string;
  readonly store: Pick<ProjectStore, 'isDiskFull'>;
  readonly jobs: Pick<JobService, 'load' | 'machine'>;
  readonly bus: Pick<EventBus, 'listeners'>;
}

/** The free room of a disk changes all the time: it is rounded, so that small changes are not sent. */
const ROOM_STEP_BYTES = 100_000_000;

/** What the server runs on, and how much of it is free. */
export async function readServerState(
  { projectsDir, store, jobs, bus }: ServerSources,
  workspace: string,
): Promise<ServerState> {
  const { slots, freeSlots, waiting } = jobs.load();
  const listeners = bus.listeners(workspace);
  return {
    device: jobs.machine.device,
    backend: jobs.machine.backend,
    slots,
    free_slots: freeSlots,
    waiting,
    disk_free: await freeBytes(projectsDir),
    disk_full: await store.isDiskFull(),
    ide: { streams: listeners.length, addresses: [...new Set(listeners)].sort() },
  };
}

async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Math.floor((bavail * bsize) / ROOM_STEP_BYTES) * ROOM_STEP_BYTES;
  } catch {
    return null;
  }
}
