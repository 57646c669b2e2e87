import { mkdirSync, renameSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Static, Type } from 'typebox';
import { DamagedFile, readOwnJson } from '../files/own-json.ts';
import { isFile } from '../files/tree.ts';
import { oneOf } from '../http/one-of.ts';
import { isNoPath, isOtherKind, isTaken } from '../system-errors.ts';
import type { ProjectType } from './project.ts';

// What somebody changed of a data set: photos left out, or moved to another label. The upload stays as it is. The
// changes are made in the copy of it that each job gets; so every one can be taken back, and a new upload ends them all.

export const EDIT_ACTIONS = ['leave_out', 'move'] as const;

export const Edit = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER - 1 }),
  /** The sample, as the upload has it. */
  file: Type.String(),
  action: oneOf(EDIT_ACTIONS),
  label: Type.Optional(Type.String()),
  /** Where a moved sample lies in the copy. */
  target: Type.Optional(Type.String()),
  at: Type.Number(),
});
export type Edit = Static<typeof Edit>;

export const EDITS_FILE = 'edits.json';
const StoredEdits = Type.Object({ edits: Type.Array(Edit) });

/** Oldest first. A file that cannot be ours changes nothing. */
export async function readEdits(path: string): Promise<readonly Edit[]> {
  try {
    return await readOwnEdits(path);
  } catch (error) {
    if (error instanceof DamagedFile) return [];
    throw error;
  }
}

/** Throws DamagedFile for one that cannot be ours, or what the system says. */
export async function readOwnEdits(path: string): Promise<readonly Edit[]> {
  return (await readOwnJson(path, StoredEdits))?.edits ?? [];
}

export function editsText(edits: readonly Edit[]): string {
  return JSON.stringify({ edits });
}

/** Make the changes in a copy of the data set, whose files have names of their own there. `root` holds `dataset/`. */
export async function applyEdits(root: string, type: ProjectType, edits: readonly Edit[]): Promise<void> {
  for (const { file, action, target } of edits) {
    const source = pathWithin(root, file);
    if (source === undefined || !(await isFile(source))) continue;
    if (action === 'leave_out') await leaveOut(root, source, type);
    else if (target !== undefined) await moveWithin(root, source, target);
  }
}

async function moveWithin(root: string, source: string, target: string): Promise<void> {
  const path = pathWithin(root, target);
  if (path === undefined || (await isFile(path))) return;
  try {
    mkdirSync(dirname(path), { recursive: true });
    renameSync(source, path);
  } catch (error) {
    // a target that somebody wrote by hand may lie below a file or be a folder: the training goes on without this change
    if (!isNoPath(error) && !isTaken(error) && !isOtherKind(error)) throw error;
  }
}

/** Of boxes also the annotation, and the id in the lists: else the training would report the photo as missing. */
export async function leaveOut(root: string, source: string, type: ProjectType): Promise<void> {
  await rm(source, { force: true });
  if (type !== 'OBJECT_DETECTION') return;
  const id = basename(source).replace(/\.[^.]*$/, '');
  await rm(join(root, 'dataset', 'Annotations', `${id}.xml`), { force: true });
  for (const name of ['train.txt', 'val.txt']) {
    const list = join(root, 'dataset', 'ImageSets', 'Main', name);
    if (!(await isFile(list))) continue;
    const lines = (await readFile(list, 'utf8')).split('\n');
    const others = lines.filter((line) => line.trim().replace(/\.(?:jpe?g|png|webp|xml)$/i, '') !== id);
    if (others.length === lines.length) continue;
    // the file is the upload's too, under another name
    await rm(list);
    await writeFile(list, others.join('\n'));
  }
}

/** Undefined: it is no path of a data set. */
export function pathWithin(root: string, file: string): string | undefined {
  const parts = file.split('/');
  const isInside = parts[0] === 'dataset' && parts.length > 1 && parts.every((part) => !['', '.', '..'].includes(part));
  return isInside && !file.includes('\0') ? join(root, ...parts) : undefined;
}
