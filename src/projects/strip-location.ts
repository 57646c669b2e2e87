import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { KIND_BYTES, stripperOf } from './location/strip.ts';

type Stripper = NonNullable<ReturnType<typeof stripperOf>>;

/** Larger files are no photos of a camera. */
export const MAX_PHOTO_BYTES = 100_000_000;

/** Looking at the first bytes of a file is waiting for the disk. */
const LOOKS_AT_ONCE = 4;

/** Take the place where they were taken out of the photos of an upload that is not put in place yet. How many had one. */
export async function stripLocations(root: string, paths: Iterable<readonly string[]>): Promise<number> {
  const files = [...paths].map((parts) => join(root, ...parts));
  const strippers = await pLimit(LOOKS_AT_ONCE).map(files, stripperFor);
  let stripped = 0;
  for (const [index, strip] of strippers.entries()) {
    const path = files[index] ?? '';
    // one after the other: a photo may have 100 MB
    if (strip && (await stripFile(path, strip))) stripped += 1;
  }
  return stripped;
}

async function stripFile(path: string, strip: Stripper): Promise<boolean> {
  const bare = strip(await readFile(path));
  if (bare === undefined) return false;
  await writeFile(path, bare);
  return true;
}

/** Only photos are read whole. */
async function stripperFor(path: string): Promise<Stripper | undefined> {
  const file = await open(path, 'r');
  try {
    if ((await file.stat()).size > MAX_PHOTO_BYTES) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(KIND_BYTES), 0, KIND_BYTES, 0);
    return stripperOf(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
