import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../errors.ts';
import { removeTree } from '../files/tree.ts';
import type { Summary } from './archive-digest.ts';
import { commitRestore, finishRestore, namesInPlace, restorePaths } from './place.ts';
import { unpackBackup } from './unpack-backup.ts';

export interface Restored extends Summary {
  /** Where what was in the folder lies now. */
  readonly aside: string | undefined;
}

/**
 * Put the projects of a backup into the projects folder, whose lock the caller holds. What is there is moved aside, with
 * `force` alone. Rejects with ConfigError, and then has changed nothing.
 */
export async function restoreBackup(
  projectsDir: string,
  file: string,
  { force, now = new Date() }: { readonly force: boolean; readonly now?: Date },
): Promise<Restored> {
  await finishRestore(projectsDir);
  const names = await namesInPlace(projectsDir);
  if (names.length > 0 && !force)
    throw new ConfigError(
      `${projectsDir} is not empty (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}): choose an empty folder with MAI_PROJECTS_DIR, or add --force. Then what is there is moved aside, and nothing is deleted.`,
    );
  const { unfinished } = restorePaths(projectsDir);
  try {
    const fresh = join(unfinished, 'new');
    await mkdir(fresh, { recursive: true });
    const summary = await unpackBackup(file, fresh);
    return { ...summary, aside: await commitRestore(projectsDir, now) };
  } finally {
    await removeTree(unfinished);
  }
}
