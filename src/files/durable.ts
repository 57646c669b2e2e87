import { execFile } from 'node:child_process';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { syncFolder, syncPath } from './sync-folder.ts';

export { syncFolder };

// What survives a power cut: the data of a file once it was synced, and its name once its folder was.
// So the order is data, then the rename, then the folder; whoever is told of a success is told after that.

/** From so many files on, one sync of the whole file system is several times faster than one for each file. */
const MANY_FILES = 32;
const AT_ONCE = 8;

/** Everything below a folder, and the folder itself, is on the disk. */
export async function syncTree(folder: string): Promise<void> {
  const { files, folders } = await listTree(folder);
  if (files.length > MANY_FILES && (await syncFileSystem(folder))) return;
  await eachAtOnce(files, syncPath);
  await eachAtOnce(folders, syncFolder);
}

/** The names in every folder of a tree are on the disk; what they name was before. */
export async function syncFolders(folder: string): Promise<void> {
  const { folders } = await listTree(folder);
  if (folders.length > MANY_FILES && (await syncFileSystem(folder))) return;
  await eachAtOnce(folders, syncFolder);
}

/** Write a new file and have its data on the disk; its name is safe once its folder is synced. */
export async function writeSynced(path: string, text: string, flags: 'w' | 'r+' = 'w'): Promise<void> {
  const file = await open(path, flags);
  try {
    const { bytesWritten } = await file.write(text, 0);
    await file.truncate(bytesWritten);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Node has no syncfs; the program `sync` of Linux has. False where it cannot be had. */
async function syncFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    await promisify(execFile)('sync', ['-f', folder]);
    return true;
  } catch {
    return false;
  }
}

async function listTree(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders = [folder];
  for (const parent of folders) {
    for (const entry of await readdir(parent, { withFileTypes: true })) {
      if (entry.isDirectory()) folders.push(join(parent, entry.name));
      else if (entry.isFile()) files.push(join(parent, entry.name));
    }
  }
  return { files, folders };
}

async function eachAtOnce(paths: readonly string[], task: (path: string) => Promise<void>): Promise<void> {
  const rest = paths.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const path of rest) await task(path);
    }),
  );
}
