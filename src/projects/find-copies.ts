import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBreather } from '../files/breathe.ts';
import { listTree } from '../files/list-tree.ts';
import { openFile } from '../files/open-file.ts';
import { isFolder } from '../files/tree.ts';
import type { Copy } from './erasing.ts';
import type { ProjectPaths } from './paths.ts';

// Finds every file of a project that holds the bytes of a sample: under other labels, and in the copies that jobs have.

/** The copies of a sample, itself among them. Undefined: there is no such file. */
export async function findCopies(paths: ProjectPaths, file: string): Promise<readonly Copy[] | undefined> {
  const source = join(paths.root, ...file.split('/'));
  const wanted = await contentOf(source);
  if (wanted === undefined) return undefined;
  const found: Copy[] = [];
  const breathe = createBreather();
  for (const root of await rootsOf(paths)) {
    const folder = join(paths.root, ...root.split('/'));
    if (!(await isFolder(join(folder, 'dataset')))) continue;
    for (const name of (await listTree(join(folder, 'dataset'))).files) {
      await breathe();
      const path = join(folder, 'dataset', name);
      // the system knows the size without opening it
      const stats = await lstat(path);
      if (stats.size !== wanted.bytes) continue;
      if (path !== source && (await contentOf(path))?.hash !== wanted.hash) continue;
      found.push({ root, file: `dataset/${name.replaceAll('\\', '/')}` });
    }
  }
  return found;
}

/** The upload, one that is on its way in, and the copy of each job. */
async function rootsOf({ jobs }: ProjectPaths): Promise<readonly string[]> {
  const ids = (await isFolder(jobs)) ? await readdir(jobs) : [];
  return ['', ...ids.map((id) => `jobs/${id}/input`)];
}

async function contentOf(path: string): Promise<{ readonly bytes: number; readonly hash: string } | undefined> {
  const opened = await openFile(path);
  if (opened === undefined) return undefined;
  try {
    const hash = createHash('sha256');
    for await (const piece of opened.file.createReadStream({ autoClose: false, start: 0 }))
      hash.update(piece as Buffer);
    return { bytes: opened.bytes, hash: hash.digest('hex') };
  } finally {
    await opened.file.close();
  }
}
