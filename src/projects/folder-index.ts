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
import { workspaceRoot } from './paths.ts';
import { refKey, type ProjectRef } from './project.ts';
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
  const folders = new Map<string, string>();
  /** By workspace, folder → id. */
  const owners = new Map<string, Map<string, string>>();
  const foldedNames = new Map<string, string>();
  const digits = [shortDigits, ALL_DIGITS];

  /** Folding a thousand names takes longer than listing them. */
  const folded = (name: string): string => {
    const key = foldedNames.get(name) ?? foldedName(name);
    foldedNames.set(name, key);
    return key;
  };
  const ownersIn = (workspace: string): Map<string, string> => {
    const known = owners.get(workspace) ?? new Map<string, string>();
    owners.set(workspace, known);
    return known;
  };
  const note = (ref: ProjectRef, folder: string): string => {
    folders.set(refKey(ref), folder);
    ownersIn(ref.workspace).set(folder, ref.id);
    return folder;
  };
  const release = (ref: ProjectRef): void => {
    const folder = folders.get(refKey(ref));
    folders.delete(refKey(ref));
    if (folder !== undefined) ownersIn(ref.workspace).delete(folder);
  };
  /** Any folder but those that are named by a hash. */
  const saysItsId = (name: string) => isProjectFolder(name) && isProjectId(name) && !isHashedFolder(name, digits);

  /** A folder that lies there already and that nobody has: the id itself (exactly: the file system may be less strict), or the id's hash. */
  const found = ({ workspace, id }: ProjectRef, names: readonly string[]): string | undefined => {
    const root = workspaceRoot(projectsDir, workspace);
    const ends = digits.map((count) => hashEnding(id, count));
    const isFree = (name: string) => !ownersIn(workspace).has(name) && isRealFolder(join(root, name));
    const hashed = names.find(
      (name) => ends.some((end) => name.endsWith(end)) && isProjectFolder(name) && isFree(name),
    );
    return hashed ?? names.find((name) => name === id && saysItsId(name) && isFree(name));
  };

  return {
    folderOf: (ref) => folders.get(refKey(ref)) ?? hashedFolder(ref.id, ALL_DIGITS),
    release,

    claim(ref) {
      const known = folders.get(refKey(ref));
      if (known !== undefined) return known;
      const names = namesIn(workspaceRoot(projectsDir, ref.workspace));
      const there = found(ref, names);
      if (there !== undefined) return note(ref, there);
      const taken = new Set([...names, ...ownersIn(ref.workspace).keys()].map(folded));
      const wanted = [...(isPlainId(ref.id) ? [ref.id] : []), ...digits.map((count) => hashedFolder(ref.id, count))];
      return note(ref, wanted.find((name) => !taken.has(folded(name))) ?? hashedFolder(ref.id, ALL_DIGITS));
    },

    async lookUp(ref) {
      if (folders.has(refKey(ref))) return true;
      // Most ids that are asked for in vain are refused without reading the whole workspace.
      const root = workspaceRoot(projectsDir, ref.workspace);
      const likely = [ref.id, ...digits.map((count) => hashedFolder(ref.id, count))].filter(isProjectFolder);
      if (!likely.some((name) => isRealFolder(join(root, name)))) return false;
      const there = found(ref, namesIn(root));
      if (there !== undefined) note(ref, there);
      return there !== undefined;
    },

    async scan(workspace) {
      const root = workspaceRoot(projectsDir, workspace);
      const entries = await readdir(root, { withFileTypes: true });
      const names = entries
        .filter((entry) => entry.isDirectory() && isProjectFolder(entry.name))
        .map(({ name }) => name)
        .sort();
      const known = ownersIn(workspace);
      // Hashed folders first: a folder put there by hand must not take the id of one of ours.
      for (const name of names.filter((folder) => isHashedFolder(folder, digits) && !known.has(folder))) {
        const id = (await readFolderIds(join(root, name))).find(
          (candidate) => isProjectId(candidate) && digits.some((count) => name.endsWith(hashEnding(candidate, count))),
        );
        if (id !== undefined && !folders.has(refKey({ workspace, id }))) note({ workspace, id }, name);
      }
      for (const name of names.filter(saysItsId))
        if (!folders.has(refKey({ workspace, id: name }))) note({ workspace, id: name }, name);
      return names.map((name) => known.get(name)).filter((id) => id !== undefined);
    },
  };
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
