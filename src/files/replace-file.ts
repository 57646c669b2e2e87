import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.ts';

// Ways to write a file so that a crash or a power cut does no harm.

/** Only the user who runs the server may read it. */
export const PRIVATE_MODE = 0o600;

/** Writes a new file and has its data on the disk; its name is safe once its folder is synced. */
export async function writeSynced(
  path: string,
  text: string | Uint8Array,
  flags: 'w' | 'wx' = 'w',
  mode = 0o666,
): Promise<void> {
  const file = await open(path, flags, mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

export interface ReplaceOptions {
  /** Where the new text is written first: beside the file. */
  readonly draft?: string;
  readonly mode?: number;
}

/**
 * Replaces a file as a whole, or makes it: after a crash or a power cut it is the old one or the new one, never half of
 * one. The text goes to a draft beside the file, which is synced and renamed; then the folder is synced.
 */
export async function replaceFile(
  path: string,
  text: string | Uint8Array,
  { draft = `${path}.new`, mode }: ReplaceOptions = {},
): Promise<void> {
  // left behind by a start that was cut off
  await rm(draft, { force: true });
  try {
    await writeSynced(draft, text, 'wx', mode);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * Writes over the blocks that a file has already. For a full disk, which has no room for a draft: a file that might be
 * torn by a crash is better than one that is wrong.
 */
export async function overwriteFile(path: string, text: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { bytesWritten } = await file.write(text, 0);
    await file.truncate(bytesWritten);
    await file.sync();
  } finally {
    await file.close();
  }
}
