import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { readOwnJson } from '../files/own-json.ts';
import { replaceFile } from '../files/replace-file.ts';
import { syncFolder } from '../files/sync-folder.ts';
import { syncTree } from '../files/sync-tree.ts';
import { exists, removeTree } from '../files/tree.ts';
import { KEY_FILE } from './archive-digest.ts';
import { giveToOwner } from './give-to-owner.ts';
import { isProjectFolder } from '../projects/folder-name.ts';

// Puts a restored folder in the place of what was there: a redo log of one entry, as for uploads (docs/disk.md).
// One rename commits it; after a crash the next start of the server, or the next restore, finishes the moves.

const PLAN_FILE = 'plan.json';
const Plan = Type.Object({
  /** Where what was there goes, and its names. */
  aside: Type.String({ pattern: '^\\.before-restore-[0-9TZ]+$' }),
  names: Type.Array(Type.String()),
});

export interface RestorePaths {
  /** What is being unpacked. */
  readonly unfinished: string;
  /** What is committed. */
  readonly committed: string;
}

export function restorePaths(projectsDir: string): RestorePaths {
  return { unfinished: join(projectsDir, '.restoring'), committed: join(projectsDir, '.restored') };
}

/** What a restore would replace: projects, classrooms and the key. */
export async function namesInPlace(projectsDir: string): Promise<readonly string[]> {
  const names = await readdir(projectsDir);
  return names.filter((name) => isProjectFolder(name) || name.startsWith('@') || name === KEY_FILE).sort();
}

/** Commit what lies in `unfinished`/new and put it in place. Resolves with the folder that has what was there. */
export async function commitRestore(projectsDir: string, now: Date): Promise<string | undefined> {
  const { unfinished, committed } = restorePaths(projectsDir);
  const aside = await freeName(projectsDir, now);
  const names = [...(await namesInPlace(projectsDir))];
  const plan: Static<typeof Plan> = { aside, names };
  await replaceFile(join(unfinished, PLAN_FILE), JSON.stringify(plan));
  await giveToOwner(unfinished, projectsDir);
  await syncTree(unfinished);
  await rename(unfinished, committed);
  await syncFolder(projectsDir);
  await finishRestore(projectsDir);
  return names.length === 0 ? undefined : join(projectsDir, aside);
}

/** What was put aside before stays there, also where a clock was set back. */
async function freeName(projectsDir: string, now: Date): Promise<string> {
  for (let at = now; ; at = new Date(at.getTime() + 1_000)) {
    const name = `.before-restore-${at.toISOString().replace(/[-:]|\.\d+/g, '')}`;
    if (!(await exists(join(projectsDir, name)))) return name;
  }
}

/** Finish a restore that is committed, and remove what one that was cut off had unpacked. Each step can be done again. */
export async function finishRestore(projectsDir: string): Promise<void> {
  const { unfinished, committed } = restorePaths(projectsDir);
  await removeTree(unfinished);
  if (!(await exists(committed))) return;
  const plan = await readOwnJson(join(committed, PLAN_FILE), Plan);
  if (plan === undefined) return removeTree(committed);
  const aside = join(projectsDir, plan.aside);
  if (plan.names.length > 0) {
    await mkdir(aside, { recursive: true });
    await giveToOwner(aside, projectsDir);
  }
  // where it lies aside already, what is in place is the restored one
  for (const name of plan.names)
    if (!(await exists(join(aside, name))) && (await exists(join(projectsDir, name))))
      await rename(join(projectsDir, name), join(aside, name));
  const fresh = join(committed, 'new');
  for (const name of await readdir(fresh)) await rename(join(fresh, name), join(projectsDir, name));
  await syncFolder(projectsDir);
  await removeTree(committed);
}
