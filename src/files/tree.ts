import { constants, copyFileSync, linkSync, mkdirSync } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from './if-there.ts';
import { cannotLink, isMissing } from '../system-errors.ts';
import { createBreather } from './breathe.ts';
import { listTree } from './list-tree.ts';

// Folders with all that is in them: look, move, copy by links, delete.

export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
}

/** A real folder: a link to one is none, so that nothing outside the project is ever read or written. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false;
}

export async function isFile(path: string): Promise<boolean> {
  return (await statOf(path))?.isFile() ?? false;
}

export async function exists(path: string): Promise<boolean> {
  return (await statOf(path)) !== undefined;
}

function statOf(path: string) {
  return ifThere(lstat(path), undefined);
}

/** Rename, and be content if the source is gone already. */
export async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Delete a folder in which others may just be making files: moved to `gone` first, as a folder that is filled meanwhile
 * cannot be removed. What a crash has left at `gone` goes, too.
 */
export async function removeInUse(path: string, gone: string): Promise<void> {
  await removeTree(gone);
  if (await moveIfThere(path, gone)) await removeTree(gone);
}

/**
 * Copies a folder by hard links (by bytes where links cannot be had). Symbolic links and special files are left out; what
 * is no folder itself counts as an empty one.
 */
export async function linkTree(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  if (!(await isFolder(from))) return;
  const breathe = createBreather();
  const { files, folders } = await listTree(from);
  for (const folder of folders) mkdirSync(join(to, folder), { recursive: true });
  for (const file of files) {
    linkFile(join(from, file), join(to, file));
    await breathe();
  }
}

export function linkFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!cannotLink(error)) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

/** How many files lie below a folder; 0 where it is none. */
export async function countFiles(folder: string): Promise<number> {
  return (await isFolder(folder)) ? (await listTree(folder)).files.length : 0;
}
