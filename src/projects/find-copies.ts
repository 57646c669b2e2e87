import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBreather } from '../files/breathe.ts';
import { listTree } from '../files/list-tree.ts';
import { sha256Of } from '../files/hash-stream.ts';
import { openFile } from '../files/open-file.ts';
import { isFolder } from '../files/tree.ts';
import type { Copy } from './erasing.ts';
import { KIND_BYTES, stripperOf } from './location/strip.ts';
import type { ProjectPaths } from './paths.ts';
import { MAX_PHOTO_BYTES } from './strip-location.ts';

// Finds every file of a project that holds the bytes of a sample: under other labels, and in the copies that jobs have.
// Trainings of before an update may have the photo as it was, with the place in it that is taken out of it now.

/** The copies of a sample, itself among them. Undefined: there is no such file. */
export async function findCopies(paths: ProjectPaths, file: string): Promise<readonly Copy[] | undefined> {
  const source = join(paths.root, ...file.split('/'));
  const wanted = await contentOf(source);
  if (wanted === undefined) return undefined;
  const bare = await bareHashOf(source);
  const own = file.replace(/^dataset\//, '');
  const isSame = async (path: string) =>
    (await contentOf(path))?.hash === wanted.hash || (bare !== undefined && (await bareHashOf(path)) === bare);
  const found: Copy[] = [];
  const breathe = createBreather();
  for (const root of await rootsOf(paths)) {
    const folder = join(paths.root, ...root.split('/'));
    if (!(await isFolder(join(folder, 'dataset')))) continue;
    for (const name of (await listTree(join(folder, 'dataset'))).files) {
      await breathe();
      const path = join(folder, 'dataset', name);
      const below = name.replaceAll('\\', '/');
      // the system knows the size without opening it; a packed text of a PNG has another one without the place
      if ((await lstat(path)).size !== wanted.bytes && below !== own) continue;
      if (path === source || (await isSame(path))) found.push({ root, file: `dataset/${below}` });
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
    const hash = await sha256Of(opened.file.createReadStream({ autoClose: false, start: 0 }));
    return { bytes: opened.bytes, hash };
  } finally {
    await opened.file.close();
  }
}

/** The hash of a photo as it is without its place; undefined: it is of a kind that has none, or no photo. */
async function bareHashOf(path: string): Promise<string | undefined> {
  const opened = await openFile(path);
  if (opened === undefined) return undefined;
  try {
    if (opened.bytes > MAX_PHOTO_BYTES) return undefined;
    const data = await opened.file.readFile();
    const strip = stripperOf(data.subarray(0, KIND_BYTES));
    return (
      strip &&
      createHash('sha256')
        .update(strip(data) ?? data)
        .digest('hex')
    );
  } finally {
    await opened.file.close();
  }
}
