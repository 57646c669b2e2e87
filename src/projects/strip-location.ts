import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBreather } from '../files/breathe.ts';
import { KIND_BYTES, stripperOf } from './location/strip.ts';

/** Larger files are no photos of a camera. */
export const MAX_PHOTO_BYTES = 100_000_000;

/** Take the place where they were taken out of the photos of an upload that is not put in place yet. How many had one. */
export async function stripLocations(root: string, paths: Iterable<readonly string[]>): Promise<number> {
  const breathe = createBreather();
  let stripped = 0;
  for (const parts of paths) {
    if (await stripFile(join(root, ...parts))) stripped += 1;
    await breathe();
  }
  return stripped;
}

async function stripFile(path: string): Promise<boolean> {
  const strip = await stripperFor(path);
  const bare = strip?.(await readFile(path));
  if (bare === undefined) return false;
  await writeFile(path, bare);
  return true;
}

/** Only photos are read whole. */
async function stripperFor(path: string): Promise<ReturnType<typeof stripperOf>> {
  const file = await open(path, 'r');
  try {
    if ((await file.stat()).size > MAX_PHOTO_BYTES) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(KIND_BYTES), 0, KIND_BYTES, 0);
    return stripperOf(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
