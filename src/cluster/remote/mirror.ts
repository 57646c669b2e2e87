import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { linkFile } from '../../files/tree.ts';
import { mapSome } from '../../promises.ts';
import type { BlobCache } from './blob-cache.ts';
import type { RunLink } from './client.ts';
import { INPUTS, isInnerPath, type Input, type Manifest, type Tree } from './protocol.ts';

// Makes the inputs of a run on a host: what the cache has is taken from it, the rest is fetched into it.

const AT_ONCE = 8;

export async function mirrorInputs(
  { trees }: Manifest,
  pathOf: (input: Input) => string,
  cache: BlobCache,
  link: Pick<RunLink, 'fetch'>,
): Promise<void> {
  for (const name of INPUTS) {
    const tree = trees[name];
    // a child writes over its checkpoints, and a model is read into a new one: only what nobody changes shares its bytes
    if (tree !== undefined)
      await mirrorTree(
        tree,
        pathOf(name),
        cache,
        link,
        name === 'project' ? async (from, to) => linkFile(from, to) : copyFile,
      );
  }
}

async function mirrorTree(
  { folders, files }: Tree,
  root: string,
  cache: BlobCache,
  { fetch }: Pick<RunLink, 'fetch'>,
  place: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const outside = [...folders, ...files.map(({ path }) => path)].find((path) => !isInnerPath(path));
  if (outside !== undefined) throw new Error(`"${outside}" leads out of its folder`);
  await mkdir(root, { recursive: true });
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await mapSome(files, AT_ONCE, async ({ path, sha256, bytes }) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await cache.withBlob(
      sha256,
      bytes,
      (part) => fetch(sha256, bytes, part),
      (from) => place(from, join(root, path)),
    );
  });
}
