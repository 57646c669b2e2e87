import { lstatSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isProjectId } from '../http/project-id.ts';
import { isMissing } from '../system-errors.ts';
import {
  ALL_DIGITS,
  foldedName,
  HASH_DIGITS,
  hashedFolder,
  hashEnding,
  isHashedFolder,
  isPlainId,
  isProjectFolder,
} from './folder-name.ts';
import { createFolderOwners, type FolderOwners } from './folder-owners.ts';
import { workspaceRoot } from './paths.ts';
import type { ProjectRef } from './project.ts';
import { readFolderIds } from './read-folder-ids.ts';

/** Which folder each project has. A project keeps its folder for as long as it exists. */
export interface FolderIndex {
  /** The folder of a project; of one that has none yet a name that is no other project's. */
  folderOf(ref: ProjectRef): string;
  /** Give a project its folder, without a pause: of two first uploads at once one is first. */
  claim(ref: ProjectRef): string;
  /** The folder is gone: its name is free again. */
  release(ref: ProjectRef): void;
  /** Look for the folder of a project that is not known, perhaps put there by hand. */
  lookUp(ref: ProjectRef): Promise<boolean>;
  /** Read the whole workspace anew; the ids of what is there. */
  scan(workspace: string): Promise<string[]>;
}

export function createFolderIndex(projectsDir: string, shortDigits = HASH_DIGITS): FolderIndex {
  const owners = createFolderOwners();
  const digits = [shortDigits, ALL_DIGITS];
  const folded = rememberFolded();
  const rootOf = (workspace: string) => workspaceRoot(projectsDir, workspace);

  return {
    folderOf: (ref) => owners.folderOf(ref) ?? hashedFolder(ref.id, ALL_DIGITS),
    release: owners.release,

    claim(ref) {
      const known = owners.folderOf(ref);
      if (known !== undefined) return known;
      const names = namesIn(rootOf(ref.workspace));
      const there = findFree(owners, rootOf(ref.workspace), ref, names, digits);
      if (there !== undefined) return owners.note(ref, there);
      const taken = new Set([...names, ...owners.foldersIn(ref.workspace)].map(folded));
      const wanted = [...(isPlainId(ref.id) ? [ref.id] : []), ...digits.map((count) => hashedFolder(ref.id, count))];
      return owners.note(ref, wanted.find((name) => !taken.has(folded(name))) ?? hashedFolder(ref.id, ALL_DIGITS));
    },

    async lookUp(ref) {
      if (owners.folderOf(ref) !== undefined) return true;
      // Most ids that are asked for in vain are refused without reading the whole workspace.
      const root = rootOf(ref.workspace);
      const likely = [ref.id, ...digits.map((count) => hashedFolder(ref.id, count))].filter(isProjectFolder);
      if (!likely.some((name) => isRealFolder(join(root, name)))) return false;
      const there = findFree(owners, root, ref, namesIn(root), digits);
      if (there !== undefined) owners.note(ref, there);
      return there !== undefined;
    },

    async scan(workspace) {
      const names = await projectFoldersIn(rootOf(workspace));
      await noteOwners(owners, rootOf(workspace), workspace, names, digits);
      return names.map((name) => owners.ownerOf(workspace, name)).filter((id) => id !== undefined);
    },
  };
}

/** Any folder but those that are named by a hash. */
function saysItsId(name: string, digits: readonly number[]): boolean {
  return isProjectFolder(name) && isProjectId(name) && !isHashedFolder(name, digits);
}

/** A folder that lies there already and that nobody has: the id itself (exactly: the file system may be less strict), or the id's hash. */
function findFree(
  owners: FolderOwners,
  root: string,
  { workspace, id }: ProjectRef,
  names: readonly string[],
  digits: readonly number[],
): string | undefined {
  const ends = digits.map((count) => hashEnding(id, count));
  const isFree = (name: string) => owners.ownerOf(workspace, name) === undefined && isRealFolder(join(root, name));
  const hashed = names.find((name) => ends.some((end) => name.endsWith(end)) && isProjectFolder(name) && isFree(name));
  return hashed ?? names.find((name) => name === id && saysItsId(name, digits) && isFree(name));
}

/** Give each folder that nobody has yet to the project whose id it names. */
async function noteOwners(
  owners: FolderOwners,
  root: string,
  workspace: string,
  names: readonly string[],
  digits: readonly number[],
): Promise<void> {
  const isUnowned = (name: string) => owners.ownerOf(workspace, name) === undefined;
  const noteUnlessKnown = (id: string | undefined, name: string) => {
    if (id !== undefined && owners.folderOf({ workspace, id }) === undefined) owners.note({ workspace, id }, name);
  };
  // Hashed folders first: a folder put there by hand must not take the id of one of ours.
  for (const name of names.filter((folder) => isHashedFolder(folder, digits) && isUnowned(folder))) {
    const fits = (id: string) => isProjectId(id) && digits.some((count) => name.endsWith(hashEnding(id, count)));
    noteUnlessKnown((await readFolderIds(join(root, name))).find(fits), name);
  }
  for (const name of names) if (saysItsId(name, digits)) noteUnlessKnown(name, name);
}

/** Folding a thousand names takes longer than listing them, so each is folded once. */
function rememberFolded(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const key = known.get(name) ?? foldedName(name);
    known.set(name, key);
    return key;
  };
}

async function projectFoldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && isProjectFolder(entry.name))
    .map(({ name }) => name)
    .sort();
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isRealFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}
