import { open } from 'node:fs/promises';
import { cannotSyncFolder } from '../system-errors.ts';

/**
 * Has the names in a folder on the disk: a new or renamed file survives a power cut only after this. Does nothing where
 * the system cannot do it (Windows, some network disks).
 */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await syncPath(folder).catch((error: unknown) => {
    if (!cannotSyncFolder(error)) throw error;
  });
}

/** Has the data of one file on the disk. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
