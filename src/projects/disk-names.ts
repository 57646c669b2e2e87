import { createBreather } from '../files/breathe.ts';
import { foldedName } from './folder-name.ts';
import { isDataFolder } from './label-folders.ts';
import { distinctFile, distinctName, nameParts, storedName } from './stored-name.ts';
import { isAscii } from './zip/names.ts';

// docs/disk.md § Names on disk: which names stay as they are, and which get a hash.

/** The data set's own folders and lists: the trainings look for these by name, so a photo or label must give way. */
const isFixed = (name: string) => isDataFolder(name) || ['Main', 'train', 'val', 'null'].includes(name);

/** Of each folder, by collision key: the names in it. */
type Folders = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

export type DiskPath = (path: readonly string[]) => readonly string[];

/** Names on disk for all paths of one data set, so that no two are one file on a system that ignores case or Unicode form. */
export async function diskPaths(paths: Iterable<readonly string[]>): Promise<DiskPath> {
  const folders = new Map<string, Map<string, Set<string>>>();
  const breathe = createBreather();
  for (const path of paths) {
    await breathe();
    let parent = '';
    for (const part of path) {
      add(folders, parent, part);
      parent += `/${part}`;
    }
  }
  const hashedStems = await stemsToHash(folders, breathe);
  const hashedFiles = await filesToHash(folders, breathe);
  return (path) =>
    path.map((part, depth) => {
      if (hashedFiles.size > 0 && hashedFiles.has(path.slice(0, depth + 1).join('/'))) return distinctFile(part);
      return hashedStems.size > 0 && hashedStems.has(nameParts(part).stem) ? distinctName(part) : storedName(part);
    });
}

/** Equal for names that are one on a system that ignores case or Unicode form. */
export function collisionKey(name: string): string {
  return isAscii(name) ? name.toLowerCase() : foldedName(name);
}

function add(folders: Map<string, Map<string, Set<string>>>, parent: string, part: string): void {
  const names = folders.get(parent) ?? new Map<string, Set<string>>();
  folders.set(parent, names);
  const key = collisionKey(part);
  const same = names.get(key);
  if (same === undefined) names.set(key, new Set([part]));
  else same.add(part);
}

/** Where stems collide in one folder, all but the first of them are hashed everywhere: pairs of files keep one stem. */
async function stemsToHash(folders: Folders, breathe: () => Promise<void> | undefined): Promise<ReadonlySet<string>> {
  const colliding = new Map<string, Set<string>>();
  for (const names of folders.values()) {
    for (const same of names.values()) {
      await breathe();
      if (same.size === 1) continue;
      const stems = new Set([...same].map((name) => nameParts(name).stem));
      const [first = ''] = stems;
      if (stems.size > 1) colliding.set(collisionKey(first), new Set());
    }
  }
  if (colliding.size === 0) return new Set();
  for (const names of folders.values()) {
    for (const same of names.values()) {
      await breathe();
      for (const name of same) {
        const { stem } = nameParts(name);
        colliding.get(collisionKey(stem))?.add(stem);
      }
    }
  }
  return new Set([...colliding.values()].flatMap((stems) => [...stems].sort(fixedFirst).slice(1)));
}

/** `1.jpg` beside `1.JPG`: stems are equal, so all but the first get a hash of the whole name. */
async function filesToHash(folders: Folders, breathe: () => Promise<void> | undefined): Promise<ReadonlySet<string>> {
  const hashed = new Set<string>();
  for (const [parent, names] of folders) {
    for (const same of names.values()) {
      await breathe();
      if (same.size === 1) continue;
      const ofStem = new Map<string, string[]>();
      for (const name of [...same].sort()) {
        const { stem } = nameParts(name);
        ofStem.set(stem, [...(ofStem.get(stem) ?? []), name]);
      }
      for (const [, ...others] of ofStem.values()) for (const name of others) hashed.add(`${parent}/${name}`.slice(1));
    }
  }
  return hashed;
}

function fixedFirst(a: string, b: string): number {
  return Number(isFixed(b)) - Number(isFixed(a)) || (a < b ? -1 : 1);
}
