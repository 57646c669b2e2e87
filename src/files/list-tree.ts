import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

// Lists what lies in a folder and in the folders below it.

/** Paths relative to the root. */
export interface TreeListing {
  /** Plain files. Symbolic links, pipes and the like are in neither list. */
  readonly files: readonly string[];
  /** Each before what lies in it; the first is the root itself, ''. */
  readonly folders: readonly string[];
}

/** Everything that lies below a folder, at any depth. Rejects where it is no folder. */
export async function listTree(root: string): Promise<TreeListing> {
  const files: string[] = [];
  const folders = [''];
  for (const parent of folders) {
    for (const entry of await readdir(join(root, parent), { withFileTypes: true })) {
      if (entry.isDirectory()) folders.push(join(parent, entry.name));
      else if (entry.isFile()) files.push(join(parent, entry.name));
    }
  }
  return { files, folders };
}
