import { statfs } from 'node:fs/promises';

/** Whether the disk of a folder has less room than this, or no room for another file. */
export async function hasLessRoom(folder: string, minFreeBytes: number): Promise<boolean> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(folder);
    return bavail * bsize < minFreeBytes || (files > 0 && ffree === 0);
  } catch {
    // a disk that says nothing about its room
    return false;
  }
}
