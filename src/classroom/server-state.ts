import { statfs } from 'node:fs/promises';
import type { EventBus } from '../events/event-bus.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { QuotaState } from '../projects/quota.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { ServerState } from './schemas.ts';

export interface ServerSources {
  readonly projectsDir: string;
  readonly store: Pick<ProjectStore, 'isDiskFull' | 'quota'>;
  readonly jobs: Pick<JobService, 'load' | 'machine'>;
  readonly bus: Pick<EventBus, 'listeners'>;
}

/** The free room of a disk changes all the time: it is rounded, so that small changes are not sent. */
const ROOM_STEP_BYTES = 100_000_000;
const USED_STEP_BYTES = 1_000_000;

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
    quota: quotaOf(await store.quota(workspace)),
    ide: { streams: listeners.length, addresses: [...new Set(listeners)].sort() },
  };
}

/** Rounded too. */
function quotaOf(state: QuotaState | undefined): ServerState['quota'] {
  if (state === undefined) return null;
  const { level, bytes, maxBytes = null, projects, maxProjects = null } = state;
  return {
    level,
    bytes: Math.round(bytes / USED_STEP_BYTES) * USED_STEP_BYTES,
    max_bytes: maxBytes,
    projects,
    max_projects: maxProjects,
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
