import { createHash, randomBytes } from 'node:crypto';
import {
  copyFileSync,
  constants,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../errors.ts';
import { isMissing, isNoSymlink, isTaken } from '../system-errors.ts';
import { LOCK_TIMES, type LockTimes } from '../time-limits.ts';
import { parseHolder, isHolderRunning, thisHolder } from './lock-holder.ts';

// The lock is a symbolic link `.server.lock` whose target says who holds it: it appears at once and whole, and needs
// no block of a full disk. A lock whose holder is gone is never removed by others. Whoever wants to follow it makes
// `.server.lock.after-<token of that holder>`, which one can do and no other, and renames that over the lock.
// A late one that still goes by the old holder finds another lock there, and gives its claim back.

export interface FolderLock {
  /** Whether nobody else has taken the folder, as another container may after a long pause of this one. */
  isHeld(): boolean;
  release(): void;
}

/** `letGo`: touch it no more, and leave it to the others. */
type HeldLock = FolderLock & { letGo(): void };

const ATTEMPTS = 20;
const LOCK_FILE = '.server.lock';
const JOINT_SPACE = 'cluster';

/**
 * Two servers in one folder would mix their queues. A lock whose owner was killed is taken over. Rejects with ConfigError.
 * `onLost` is called with a sentence once the lock turns out not to be ours any more: stop at once then.
 */
export async function lockFolder(
  folder: string,
  onLost: (why: string) => void = () => undefined,
  times: LockTimes = LOCK_TIMES,
): Promise<FolderLock> {
  return lockAs(folder, `${thisHolder()}.${randomBytes(6).toString('hex')}`, onLost, times);
}

async function lockAs(
  folder: string,
  mine: string,
  onLost: (why: string) => void,
  times: LockTimes,
): Promise<HeldLock> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, LOCK_FILE);
  const silent = new Set<string>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const result = create(path, mine) ? 'held' : follow(path, mine, silent, times);
    if (result === 'held') return hold(path, mine, onLost, times);
    if (result === 'taken') break;
    if (result === 'changed') continue;
    const isSilent = !(await isTouched(result.path, times));
    if (isSilent) silent.add(result.holder);
    else if (read(result.path) === result.holder) break;
  }
  throw new ConfigError(
    `Another server uses the projects folder ${folder}: stop it first, or give this one a folder of its own (MAI_PROJECTS_DIR).`,
  );
}

/** A lock whose age cannot be read from its time, as the clock was set back since. */
interface Ahead {
  readonly path: string;
  readonly holder: string;
}

/**
 * Take over the lock of a holder that is gone, or of one that was gone before it had taken over.
 * `silent`: holders that were watched and touch nothing.
 */
function follow(
  path: string,
  mine: string,
  silent: ReadonlySet<string>,
  times: LockTimes,
): 'held' | 'taken' | 'changed' | Ahead {
  const lock = read(path);
  if (lock === undefined) return 'changed';
  const left: string[] = [];
  for (let at = path, holder = lock; ; ) {
    const life = silent.has(holder) ? 'gone' : lifeOf(holder, at, times);
    if (life === 'unclear') return { path: at, holder };
    if (life === 'alive') return 'taken';
    const claim = `${path}.after-${createHash('sha256').update(holder).digest('hex').slice(0, 16)}`;
    if (create(claim, mine)) {
      if (read(path) !== lock) {
        unlinkSync(claim);
        return 'changed';
      }
      renameSync(claim, path);
      for (const dead of left) rmSync(dead, { force: true });
      return 'held';
    }
    const next = read(claim);
    if (next === undefined) return 'changed';
    left.push(claim);
    [at, holder] = [claim, next];
  }
}

/** The lock that the processes of one cluster hold together: each touches it, and none removes it. */
export interface JointLock extends FolderLock {
  /** No other process held it. Asked of processes one after the other. */
  readonly isFirst: boolean;
}

/** `name` is that of the cluster, hexadecimal. Once all its processes are gone, others may follow after `silentMs`. */
export async function joinFolder(
  folder: string,
  name: string,
  onLost: (why: string) => void = () => undefined,
  times: LockTimes = LOCK_TIMES,
): Promise<JointLock> {
  const path = join(folder, LOCK_FILE);
  // no process of any computer: who looks at it goes by the time at which it was touched
  const mine = `0..${JOINT_SPACE}.${name.slice(0, 12)}`;
  const isJoined = read(path) === mine && Date.now() - timeOf(path) < times.silentMs;
  if (read(path) === mine) lutimesSync(path, new Date(), new Date());
  const lock = read(path) === mine ? hold(path, mine, onLost, times) : await lockAs(folder, mine, onLost, times);
  return { isFirst: !isJoined, isHeld: lock.isHeld, release: lock.letGo };
}

function hold(path: string, mine: string, onLost: (why: string) => void, times: LockTimes): HeldLock {
  const isHeld = () => read(path) === mine;
  let lookedAt = performance.now();
  const timer = setInterval(() => {
    const pausedMs = performance.now() - lookedAt;
    lookedAt += pausedMs;
    let found: string | undefined;
    try {
      // the first thing that a paused server does when it goes on
      found = read(path);
      if (found === mine) return lutimesSync(path, new Date(), new Date());
      // somebody removed the file; nobody can have had the folder meanwhile, unless this server was paused for long
      if (found === undefined && pausedMs < times.silentMs && create(path, mine)) return;
    } catch {
      // The disk gives no answer or takes no times. Servers of one machine know each other by their pids.
      return;
    }
    clearInterval(timer);
    onLost(
      found === undefined
        ? `${path} was removed while this server was paused, and another server may have written to its folder, so this one ends.`
        : `Another server uses the folder of ${path} now, as this one was paused or the file was removed, so this one ends.`,
    );
  }, times.touchMs);
  timer.unref();
  return {
    isHeld,
    letGo: () => clearInterval(timer),
    release() {
      clearInterval(timer);
      try {
        if (isHeld()) unlinkSync(path);
      } catch {
        // the next start finds that its holder is gone
      }
    },
  };
}

/** Make the file with its whole content, or say that there is one already. */
function create(path: string, text: string): boolean {
  try {
    symlinkSync(text, path);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    if (isNoSymlink(error)) return createFile(path, text);
    throw error;
  }
}

/** Where there are no symbolic links: a hard link to a finished file, or a copy. */
function createFile(path: string, text: string): boolean {
  const own = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(own, text);
  try {
    try {
      linkSync(own, path);
    } catch (error) {
      if (isTaken(error)) throw error;
      copyFileSync(own, path, constants.COPYFILE_EXCL);
    }
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function read(path: string): string | undefined {
  for (const reader of [readlinkSync, (file: string) => readFileSync(file, 'utf8')]) {
    try {
      return reader(path);
    } catch (error) {
      // a plain file is no link: of an older server, or where there are no links
      if (isMissing(error)) return undefined;
      if (!isNoSymlink(error)) throw error;
    }
  }
  return undefined;
}

/** By its pid where that means something here, else by the time of its lock, which it touches while it lives. */
function lifeOf(text: string, path: string, { silentMs }: LockTimes): 'alive' | 'gone' | 'unclear' {
  const holder = parseHolder(text);
  if (holder === undefined) return 'gone';
  const ageMs = Date.now() - timeOf(path);
  const isAlive = isHolderRunning(holder) ?? (ageMs < 0 ? undefined : ageMs < silentMs);
  return isAlive === undefined ? 'unclear' : isAlive ? 'alive' : 'gone';
}

/** Watch a lock for as long as a holder may be silent. */
async function isTouched(path: string, { silentMs, lookAgainMs }: LockTimes): Promise<boolean> {
  const before = timeOf(path);
  for (let waitedMs = 0; waitedMs < silentMs; waitedMs += lookAgainMs) {
    await pause(lookAgainMs);
    if (timeOf(path) !== before) return true;
  }
  return false;
}

function timeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
