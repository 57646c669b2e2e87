import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { PRIVATE_MODE, replaceFile } from '../files/replace-file.ts';
import { isFullDisk, isMissing } from '../system-errors.ts';

// What all processes of a cluster must have in common, kept in the projects folder, and how one with another MAI_KEY is noticed.

/** For the log of each process that hears of one with other keys, again and again while that is so. */
export const OTHER_KEYS =
  'Another process of this cluster has another MAI_KEY: one web server lets in whom another one refuses, and a worker may not know a classroom, whose jobs then wait. Give all of them the same MAI_KEY. While you change it, one process after the other, this is said until the last one has the new one.';

/** A name that the folder keeps, however it is mounted. Asked of processes one after the other. */
export async function folderId(projectsDir: string): Promise<string> {
  return keptText(join(projectsDir, '.cluster'));
}

/**
 * Says which keys a process has, and nothing of them: it is sent through Redis, and keys can be guessed. Processes with
 * other keys have another one. Undefined: the disk is full, and a server starts all the same.
 */
export async function markOfKeys(
  projectsDir: string,
  { keys = [], openToAll = false }: Partial<Pick<Config, 'keys' | 'openToAll'>>,
): Promise<string | undefined> {
  const secret = await keptText(join(projectsDir, '.cluster-secret'), PRIVATE_MODE).catch((error: unknown) => {
    if (isFullDisk(error)) return undefined;
    throw error;
  });
  if (secret === undefined) return undefined;
  const all = keys.map(({ workspace, key, role = '' }) => [workspace, role, key].join(':')).sort();
  return createHmac('sha256', secret)
    .update(JSON.stringify([openToAll, all]))
    .digest('base64url')
    .slice(0, 16);
}

async function keptText(path: string, mode?: number): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const text = randomBytes(12).toString('hex');
  await replaceFile(path, `${text}\n`, { ...(mode !== undefined && { mode }) });
  return text;
}
