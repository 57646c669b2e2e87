import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, constants, linkSync, lstatSync, lutimesSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, errorCode } from '../errors.ts';
import { parseHolder, runsStill, self } from './lock-holder.ts';

// The lock is a symbolic link `.server.lock` whose target says who holds it: it appears at once and whole, and needs
// no block of a full disk. A lock whose holder is gone is never removed by others. Whoever wants to follow it makes
// `.server.lock.after-<token of that holder>`, which one can do and no other, and renames that over the lock.
// A late one that still goes by the old holder finds another lock there, and gives its claim back.

export interface FolderLock {
  /** Whether nobody else has taken the folder, as another container may after a long pause of this one. */
  isHeld(): boolean;
  release(): void;
}

const TOUCH_MS = 3_000;
/** Holders in another container cannot be looked up by pid: they touch the lock while they live. */
const SILENT_MS = 12_000;
const ATTEMPTS = 20;
const NO_SYMLINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN']);

/**
 * Two servers in one folder would mix their queues. A lock whose owner was killed is taken over. Rejects with ConfigError.
 * `onLost` is called once the lock turns out to be another's: stop at once then.
 */
export async function lockFolder(folder: string, onLost: () => void = () => undefined): Promise<FolderLock> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, '.server.lock');
  const mine = `${self()}.${randomBytes(6).toString('hex')}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const result = create(path, mine) ? 'held' : follow(path, mine);
    if (result === 'held') return hold(path, mine, onLost);
    if (result === 'taken') break;
  }
  throw new ConfigError(`Another server uses the projects folder ${folder}: stop it first, or give this one a folder of its own (MAI_PROJECTS_DIR).`);
}

/** Take over the lock of a holder that is gone, or of one that was gone before it had taken over. */
function follow(path: string, mine: string): 'held' | 'taken' | 'changed' {
  const lock = read(path);
  if (lock === undefined) return 'changed';
  const left: string[] = [];
  for (let at = path, holder = lock; ; ) {
    if (isAlive(holder, at)) return 'taken';
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

function hold(path: string, mine: string, onLost: () => void): FolderLock {
  const isHeld = () => read(path) === mine;
  const timer = setInterval(() => {
    try {
      // the first thing that a paused server does when it goes on
      if (isHeld()) return lutimesSync(path, new Date(), new Date());
    } catch {
      // The disk gives no answer or takes no times. Servers of one machine know each other by their pids.
      return;
    }
    clearInterval(timer);
    onLost();
  }, TOUCH_MS);
  timer.unref();
  return {
    isHeld,
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
    if (errorCode(error) === 'EEXIST') return false;
    if (NO_SYMLINKS.has(errorCode(error) ?? '')) return createFile(path, text);
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
      if (errorCode(error) === 'EEXIST') throw error;
      copyFileSync(own, path, constants.COPYFILE_EXCL);
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
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
      if (errorCode(error) === 'ENOENT') return undefined;
      if (!NO_SYMLINKS.has(errorCode(error) ?? '')) throw error;
    }
  }
  return undefined;
}

function isAlive(text: string, path: string): boolean {
  const holder = parseHolder(text);
  if (holder === undefined) return false;
  return runsStill(holder) ?? Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < SILENT_MS;
}
