import { lchown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listTree } from '../files/list-tree.ts';

/**
 * Give everything below `root`, and itself, to whom `folder` belongs. A restore is often run by root, while the server
 * runs as a user of its own (docs/administration.md § As a service), who could change nothing of it then.
 */
export async function giveToOwner(root: string, folder: string): Promise<void> {
  // nobody else may give files away
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  if (uid === 0) return;
  const { files, folders } = await listTree(root);
  for (const path of [...files, ...folders]) await lchown(join(root, path), uid, gid);
}
