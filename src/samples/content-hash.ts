import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import pLimit from 'p-limit';
import { isMissing, isOtherKind } from '../system-errors.ts';

/** A file of a data set, open for reading. Whoever opens it closes it. */
export interface OpenSample {
  readonly file: FileHandle;
  readonly bytes: number;
  /** Names these bytes until the server stops: a file of a data set is replaced, never changed in place. */
  readonly identity: string;
}

/** Undefined where no plain file lies there; links are not followed. */
export async function openSample(path: string): Promise<OpenSample | undefined> {
  try {
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const file = await open(path, flags);
    const stats = await file.stat({ bigint: true });
    const identity = [stats.ino, stats.size, stats.mtimeNs].map((number) => number.toString(36)).join('-');
    if (stats.isFile()) return { file, bytes: Number(stats.size), identity };
    await file.close();
    return undefined;
  } catch (error) {
    if (isMissing(error) || isOtherKind(error)) return undefined;
    throw error;
  }
}

/** Hashing takes processor time of everybody, and each file that is open one of the few descriptors. */
const HASHED_AT_ONCE = 2;

/**
 * SHA-256 of files, remembered by their identity. Whoever asks for one that is being read gets its hash too. Undefined
 * where another file lies there by now.
 */
export function createContentHashes(
  open: typeof openSample = openSample,
  maxKept = 50_000,
): (path: string, identity: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>();
  const inTurns = pLimit(HASHED_AT_ONCE);

  const read = async (path: string, identity: string) => {
    const opened = await open(path);
    if (opened === undefined) return undefined;
    const { file } = opened;
    try {
      if (opened.identity !== identity) return undefined;
      const hash = createHash('sha256');
      for await (const piece of file.createReadStream({ autoClose: false, start: 0 })) hash.update(piece as Buffer);
      return hash.digest('hex');
    } finally {
      await file.close();
    }
  };

  return async (path, identity) => {
    const before = known.get(identity);
    if (before !== undefined) return before;
    const hash = inTurns(() => read(path, identity));
    if (known.size >= maxKept) known.clear();
    known.set(identity, hash);
    const digest = await hash.catch((error: unknown) => {
      known.delete(identity);
      throw error;
    });
    if (digest === undefined) known.delete(identity);
    return digest;
  };
}
