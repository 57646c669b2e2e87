import { statfs } from 'node:fs/promises';

/** With less than this no upload is taken and no training saved. */
const MIN_FREE_BYTES = 1_000_000;

export async function isDiskFull(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(folder);
    return bavail * bsize < MIN_FREE_BYTES || (files > 0 && ffree === 0);
  } catch {
    // a disk that says nothing about its room
    return false;
  }
}
