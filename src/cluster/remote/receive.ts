import { createHash } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { diskFull, invalidRequest, runIsOver } from '../../errors.ts';
import { syncFolder } from '../../files/sync-folder.ts';
import { syncTree } from '../../files/sync-tree.ts';
import { isFile, linkFile, moveIfThere, removeTree } from '../../files/tree.ts';
import { isFullDisk } from '../../system-errors.ts';
import { type Item, LIMITS, isInnerPath } from './protocol.ts';

// Puts what a host has made into the folder of its job. It comes as files by content, then as a listing of a folder:
// only when all of it is here and on the disk does it get its name.

export interface Received {
  /**
   * Keep a file. Rejects where it is another content or too much. `onPart`: some of it has come; where that throws, the
   * rest is not wanted.
   */
  keep(sha256: string, content: Readable, onPart: () => void): Promise<void>;
  /** Which of these are not here. With none missing the folder is as the listing says. */
  put(folder: string, files: readonly Item[], isWhole: boolean, mayPut: () => boolean): Promise<readonly string[]>;
  /** It is known here already, at this path. */
  know(sha256: string, path: string): void;
}

/**
 * `scratch`: a folder of its own beside what it writes; whoever runs the job deletes it. `room`: the most bytes that may
 * wait there to be put in place.
 */
export function createReceived(scratch: string, room: number = LIMITS.waitingBytes): Received {
  const known = new Map<string, string>();
  /** What waits in the scratch folder, by its own size and not by what a listing says. */
  const waiting = new Map<string, number>();
  let left = room;
  const inTurn = pLimit(1);
  const free = (sha256: string) => {
    left += waiting.get(sha256) ?? 0;
    waiting.delete(sha256);
  };
  /** What lies in a folder is what was put there last. */
  const moved = (folder: string, files: readonly Item[]) => {
    for (const [sha256, path] of known) if (path.startsWith(join(folder, sep))) known.delete(sha256);
    for (const { path, sha256 } of files) {
      free(sha256);
      rmSync(join(scratch, sha256), { force: true });
      known.set(sha256, join(folder, path));
    }
  };

  const put: Received['put'] = async (folder, files, isWhole, mayPut) => {
    const paths = new Set(files.map(({ path }) => path));
    if (paths.size < files.length) throw invalidRequest('a path is listed twice');
    if (!files.every(({ path }) => isInnerPath(path))) throw invalidRequest('a path leads out of its folder');
    const missing: string[] = [];
    for (const { sha256 } of files) {
      const path = known.get(sha256);
      if (path === undefined || !(await isFile(path))) missing.push(sha256);
    }
    if (missing.length > 0) return [...new Set(missing)];
    const fresh = await linkAll(scratch, files, (sha256) => known.get(sha256) ?? '');
    if (!mayPut()) throw runIsOver();
    await (isWhole ? replaceFolder(fresh, folder) : replaceFiles(fresh, folder, files));
    await removeTree(fresh);
    moved(folder, files);
    return [];
  };

  return {
    know: (sha256, path) => void known.set(sha256, path),
    async keep(sha256, content, onPart) {
      await mkdir(scratch, { recursive: true });
      const folder = await mkdtemp(join(scratch, 'new-'));
      const hash = createHash('sha256');
      let bytes = 0;
      const take = (chunk: Buffer) => {
        bytes += chunk.length;
        left -= chunk.length;
        hash.update(chunk);
        if (left < 0) throw invalidRequest('too much waits to be put in place', 413);
        onPart();
      };
      try {
        await write(content, take, join(folder, 'file'));
        if (hash.digest('hex') !== sha256) throw invalidRequest('what came has another content than its name says');
        await rename(join(folder, 'file'), join(scratch, sha256));
        free(sha256);
        waiting.set(sha256, bytes);
        known.set(sha256, join(scratch, sha256));
      } catch (error) {
        left += bytes;
        throw isFullDisk(error) ? diskFull() : error;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    put: (folder, files, isWhole, mayPut) => inTurn(put, folder, files, isWhole, mayPut),
  };
}

/** What cannot be written any more is still read to its end: a host that is cut off would not know why, and send it again. */
async function write(content: Readable, take: (chunk: Buffer) => void, path: string): Promise<void> {
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        take(chunk);
        done(null, chunk);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
  const cut = () => content.readableEnded || counted.destroy(content.errored ?? new Error('it was cut off'));
  content.once('error', cut).once('close', cut).pipe(counted);
  try {
    await pipeline(counted, createWriteStream(path));
  } finally {
    content.unpipe(counted).resume();
  }
}

/** As other folders have it; those of mkdtemp are for their owner alone. */
const FOLDER_MODE = 0o755;

/** A new folder as the listing says, on the disk. */
async function linkAll(scratch: string, files: readonly Item[], pathOf: (sha256: string) => string): Promise<string> {
  await mkdir(scratch, { recursive: true });
  const fresh = await mkdtemp(join(scratch, 'put-'));
  await chmod(fresh, FOLDER_MODE);
  for (const { path, sha256 } of files) {
    await mkdir(dirname(join(fresh, path)), { recursive: true });
    linkFile(pathOf(sha256), join(fresh, path));
  }
  await syncTree(fresh);
  return fresh;
}

/** The old one goes with all that was in it. */
async function replaceFolder(fresh: string, folder: string): Promise<void> {
  const aside = `${fresh}-old`;
  await moveIfThere(folder, aside);
  await rename(fresh, folder);
  await syncFolder(dirname(folder));
  await removeTree(aside);
}

/** One after the other; what names the newest state is last. */
async function replaceFiles(fresh: string, folder: string, files: readonly Item[]): Promise<void> {
  const paths = files.map(({ path }) => path).sort((a, b) => rank(a) - rank(b));
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await rename(join(fresh, path), join(folder, path));
    await syncFolder(dirname(join(folder, path)));
  }
}

const LAST = ['best.pt', 'last.pt'];

function rank(path: string): number {
  return LAST.indexOf(basename(path));
}
