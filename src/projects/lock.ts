import { constants, readFileSync, readlinkSync, statSync, unlinkSync } from 'node:fs';
import { copyFile, link, mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConfigError, errorCode } from '../errors.ts';

/** Who holds the folder. `space` is where the pid means something: this start of the machine, this container. */
interface Holder {
  readonly pid: number;
  readonly started: string;
  readonly space: string;
}

export interface FolderLock {
  release(): void;
}

const TOUCH_MS = 3_000;
/** Holders in another container cannot be looked up by pid: they touch the file while they live. */
const SILENT_MS = 12_000;
const ATTEMPTS = 5;

/** Two servers in one folder would mix their queues. A lock whose owner was killed is taken over. Rejects with ConfigError. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, '.server.lock');
  const own = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(own, JSON.stringify(self()));
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await linked(own, path)) return held(path);
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      if (isAlive(text, path)) break;
      await takeAway(path, text, `${own}.stale`);
    }
  } finally {
    await rm(own, { force: true });
  }
  throw new ConfigError(`Another server uses the projects folder ${folder}: stop it first, or give this one a folder of its own (MAI_PROJECTS_DIR).`);
}

/** A link either makes the file with its whole content or fails: no server ever reads half a lock. */
async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path).catch(async (error: unknown) => {
      if (errorCode(error) === 'EEXIST') throw error;
      await copyFile(own, path, constants.COPYFILE_EXCL); // no hard links on this disk
    });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Of two servers that find the same stale lock, one moves it away; if it was a fresh one by then, it is put back. */
async function takeAway(path: string, stale: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== stale) await linked(aside, path);
    await rm(aside, { force: true });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function held(path: string): FolderLock {
  const timer = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), TOUCH_MS);
  timer.unref();
  return {
    release() {
      clearInterval(timer);
      try {
        unlinkSync(path);
      } catch {
        // somebody removed it by hand
      }
    },
  };
}

function isAlive(text: string, path: string): boolean {
  const holder = parse(text);
  if (holder === undefined) return false;
  const own = self();
  if (holder.space !== own.space) return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < SILENT_MS;
  if (holder.pid === own.pid && holder.started === own.started) return true;
  return startOf(holder.pid) === holder.started;
}

function self(): Holder {
  return { pid: process.pid, started: startOf(process.pid) ?? '', space: space() };
}

/** A pid is given again after its process ended; with the start time it names one process. Undefined: no such process. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // a zombie only waits for its parent to read how it ended
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return errorCode(error) === 'EPERM' ? '' : undefined;
  }
}

function space(): string {
  if (process.platform !== 'linux') return process.platform;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
}

function parse(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    return typeof value?.pid === 'number' && typeof value.started === 'string' && typeof value.space === 'string' ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}
