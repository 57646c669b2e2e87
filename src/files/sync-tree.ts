import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listTree } from './list-tree.ts';
import { syncFolder, syncPath } from './sync-folder.ts';

// What survives a power cut: the data of a file once it was synced, and its name once its folder was. So the order is
// always data, then the rename, then the folder; only then is success announced.

/** From so many files on, one sync of the whole file system is several times faster than one for each file. */
const MANY_FILES = 32;
const AT_ONCE = 8;

/** Everything below a folder, and the folder itself, is on the disk. */
export async function syncTree(root: string): Promise<void> {
  const { files, folders } = await listTree(root);
  if (files.length > MANY_FILES && (await syncFileSystem(root))) return;
  await eachAtOnce(files, (file) => syncPath(join(root, file)));
  await eachAtOnce(folders, (folder) => syncFolder(join(root, folder)));
}

/** The names in every folder of a tree are on the disk; what they name was before. */
export async function syncFolders(root: string): Promise<void> {
  const { folders } = await listTree(root);
  if (folders.length > MANY_FILES && (await syncFileSystem(root))) return;
  await eachAtOnce(folders, (folder) => syncFolder(join(root, folder)));
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

async function eachAtOnce(paths: readonly string[], task: (path: string) => Promise<void>): Promise<void> {
  const rest = paths.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const path of rest) await task(path);
    }),
  );
}
