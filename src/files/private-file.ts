import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.ts';

/** A file for its owner alone. Written beside, synced, renamed, its folder synced: after a crash or a power cut it is the old one or the new one. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  // left behind by a start that was cut off
  await rm(draft, { force: true });
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}
