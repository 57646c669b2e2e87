import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
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

/** SHA-256 of files, remembered by their identity. */
export function createContentHashes(maxKept = 50_000): (sample: OpenSample) => Promise<string> {
  const known = new Map<string, string>();
  return async ({ file, identity }) => {
    const before = known.get(identity);
    if (before !== undefined) return before;
    const hash = createHash('sha256');
    for await (const piece of file.createReadStream({ autoClose: false, start: 0 })) hash.update(piece as Buffer);
    const digest = hash.digest('hex');
    if (known.size >= maxKept) known.clear();
    known.set(identity, digest);
    return digest;
  };
}
