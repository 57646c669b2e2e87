import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNoPath } from '../system-errors.ts';
import { listTree } from './list-tree.ts';
import { isFolder } from './tree.ts';

/** Files looked at together: enough to keep the disk busy, few enough for the rest of the server. */
const AT_ONCE = 16;

/** Bytes of the files below a folder; one that has several names there (hard links) counts once. 0 where it is no folder. */
export async function treeBytes(root: string): Promise<number> {
  const seen = new Set<string>();
  return sumOf(root, ({ dev, ino, nlink, size }) => {
    if (nlink === 1) return size;
    const key = `${dev}:${ino}`;
    if (seen.has(key)) return 0;
    seen.add(key);
    return size;
  });
}

/** Bytes that are free again once the folder is gone: those of files that have no name elsewhere. */
export async function ownBytes(root: string): Promise<number> {
  return sumOf(root, ({ nlink, size }) => (nlink === 1 ? size : 0));
}

interface FileFacts {
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
}

async function sumOf(root: string, bytesOf: (file: FileFacts) => number): Promise<number> {
  if (!(await isFolder(root))) return 0;
  let total = 0;
  const { files } = await listTree(root);
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const facts = await Promise.all(files.slice(at, at + AT_ONCE).map((file) => lstat(join(root, file)).catch(gone)));
    for (const file of facts) if (file !== undefined) total += bytesOf(file);
  }
  return total;
}

/** Deleted since it was listed. */
function gone(error: unknown): undefined {
  if (!isNoPath(error)) throw error;
  return undefined;
}
