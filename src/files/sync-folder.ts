import { open } from 'node:fs/promises';
import { cannotSyncFolder } from '../system-errors.ts';

// A name on the disk survives a power cut once its folder was synced.

/** The names in a folder are on the disk, where the system can be told so: Windows and some network disks cannot. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await syncPath(folder).catch((error: unknown) => {
    if (!cannotSyncFolder(error)) throw error;
  });
}

export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
