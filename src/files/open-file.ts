import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { ifThere } from './if-there.ts';
import { isMissing, isOtherKind } from '../system-errors.ts';

/** A file, open for reading. Whoever opens it closes it. */
export interface OpenFile {
  readonly file: FileHandle;
  readonly bytes: number;
  /** Names these bytes: files of data sets and models are replaced, never changed in place. */
  readonly identity: string;
}

/** Undefined where no plain file lies there; links are not followed. */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  try {
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const file = await open(path, flags);
    const stats = await file.stat({ bigint: true });
    if (stats.isFile()) return { file, bytes: Number(stats.size), identity: identityIn(stats) };
    await file.close();
    return undefined;
  } catch (error) {
    if (isMissing(error) || isOtherKind(error)) return undefined;
    throw error;
  }
}

/** The identity of the file or folder at a path. Undefined: there is none. */
export async function identityOf(path: string): Promise<string | undefined> {
  const stats = await ifThere(stat(path, { bigint: true }), undefined);
  return stats && identityIn(stats);
}

function identityIn({ ino, size, mtimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs].map((number) => number.toString(36)).join('-');
}
