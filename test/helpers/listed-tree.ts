import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listTree } from '../../src/files/list-tree.ts';

/** Everything below a folder by its path: the SHA-256 of a file, nothing of a folder. Two equal lists are equal trees. */
export async function listedTree(root: string, belongs: (path: string) => boolean = () => true) {
  const { files, folders } = await listTree(root);
  const found: Record<string, string> = {};
  for (const folder of folders.filter(belongs)) found[`${folder}/`] = '';
  for (const file of files.filter(belongs))
    found[file] = createHash('sha256')
      .update(await readFile(join(root, file)))
      .digest('hex');
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The time of a file or folder to a tenth of a second, which is more than a tar's own field holds. */
export async function timeOf(path: string): Promise<number> {
  return Math.round((await lstat(path)).mtimeMs / 100);
}
