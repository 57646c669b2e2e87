import { constants } from 'node:fs';
import { access, open, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { hasLessRoom } from '../files/disk-space.ts';
import { within } from '../promises.ts';
import { isFullDisk } from '../system-errors.ts';
import { HEALTH_TIMES } from '../time-limits.ts';

// Whether the server can take work, part by part: the question of a load balancer, or of a person who has just started it.

/** 'ok', or a word for what is wrong. No path, no name, no key: whoever reaches the port may ask. */
export interface Readiness {
  readonly projects: 'ok' | 'disk_full' | 'not_writable' | 'slow';
  readonly python: 'ok' | 'missing' | 'ended';
  readonly recovery: 'ok' | 'running';
  readonly process: 'ok' | 'stopping';
  /** Of a server in a cluster. */
  readonly redis?: 'ok' | 'no_answer';
}

export interface ReadinessOptions {
  readonly projectsDir: string;
  /** The interpreter, and the folder of its programs. */
  readonly python: string;
  readonly pythonDir: string;
  /** Where programs without a folder are looked for. */
  readonly searchPath: string;
  /** The first child ended by itself: it could not import what it needs. */
  hasChildFailed(): boolean;
  /** What a crash left behind is put in order, and jobs may start. */
  isRecovered(): boolean;
  isStopping(): boolean;
  /** Of a server in a cluster. Never rejects. */
  readonly redisAnswers?: (() => Promise<boolean>) | undefined;
}

/** With less than this no upload is taken (projects/disk-store.ts). */
const MIN_FREE_BYTES = 1_000_000;
/** One file, whatever a crash leaves of it: the next look writes over it. No project's name begins with a dot. */
const PROBE = '.ready';

/** Looks at every part. Looks that come while one is under way, or soon after it, share its answer: nobody can make the disk busy by asking. */
export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  let disk: { readonly at: number; readonly state: Promise<Readiness['projects']> } | undefined;
  return async () => {
    const now = performance.now();
    if (disk === undefined || now - disk.at >= HEALTH_TIMES.sharedMs)
      disk = { at: now, state: projectsState(options.projectsDir) };
    const [projects, python, redis] = await Promise.all([disk.state, pythonState(options), options.redisAnswers?.()]);
    return {
      projects,
      python,
      recovery: options.isRecovered() ? 'ok' : 'running',
      process: options.isStopping() ? 'stopping' : 'ok',
      ...(redis !== undefined && { redis: redis ? 'ok' : 'no_answer' }),
    };
  };
}

export function isReady(readiness: Readiness): boolean {
  return Object.values(readiness).every((state) => state === 'ok');
}

/** Writing says more than the permissions of a folder: root may do everything, but not on a disk that is mounted to be read. */
async function projectsState(folder: string): Promise<Readiness['projects']> {
  let state: Readiness['projects'] = 'slow';
  const written = (async () => {
    state = await probe(folder);
  })();
  await within(written, HEALTH_TIMES.diskMs);
  return state;
}

async function probe(folder: string): Promise<Readiness['projects']> {
  const path = join(folder, PROBE);
  try {
    const file = await open(path, 'w');
    try {
      await file.write('1');
    } finally {
      await file.close();
    }
    await rm(path, { force: true });
  } catch (error) {
    return isFullDisk(error) ? 'disk_full' : 'not_writable';
  }
  return (await hasLessRoom(folder, MIN_FREE_BYTES)) ? 'disk_full' : 'ok';
}

async function pythonState({
  python,
  pythonDir,
  searchPath,
  hasChildFailed,
}: ReadinessOptions): Promise<Readiness['python']> {
  const folders = /[\\/]/.test(python) ? [''] : searchPath.split(delimiter);
  const found = await Promise.all(
    folders.map((folder) => can(folder === '' ? python : join(folder, python), constants.X_OK)),
  );
  if (!found.includes(true) || !(await can(join(pythonDir, 'child.py'), constants.R_OK))) return 'missing';
  return hasChildFailed() ? 'ended' : 'ok';
}

async function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
