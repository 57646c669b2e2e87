import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ChangedMeanwhile } from './changed.ts';

// What of a project's folder belongs into a backup, and what of it changes while a training runs.

/** A file or folder as it was when the folder was listed. */
export interface Listed {
  /** Below the folder that was listed, with slashes. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly mtimeMs: number;
  /** Of a file: names its bytes, as files are replaced and never changed in place. Of a folder: nothing. */
  readonly identity: string;
  /** The file has other names, perhaps in the same project. */
  readonly isLinked: boolean;
}

/** A job's own files that change while it runs: the log grows, and checkpoints take turns. */
const MOVING = /^jobs\/[^/]+\/(?:events\.jsonl|stderr\.log|checkpoints)$/;
/** Uploads and models that are committed and on their way in, a sample on its way out (docs/disk.md § Where things lie on disk). */
const COMMITTED = new Set(['.next-upload', '.next-output', '.erasing.json']);
const DRAFT = /^(?:jobs\/[^/]+\/)?[^/]+\.(?:part|new)$/;

/** All of a project but what moves. The features of photos and small pictures are not needed: they are made again. */
export function listProject(root: string): readonly Listed[] {
  return list(root, (path, name) => {
    if (path === 'cache' || MOVING.test(path) || DRAFT.test(path)) return false;
    return !name.startsWith('.') || COMMITTED.has(path) || isInDataset(path);
  });
}

/** The checkpoints that have a name: what has none waits to be written over. */
export function listCheckpoints(folder: string): readonly Listed[] {
  return list(folder, (_path, name) => !name.startsWith('.') && !/^[012]\.pt$/.test(name));
}

export function isSameListing(before: readonly Listed[], after: readonly Listed[]): boolean {
  const key = ({ path, isFolder, identity }: Listed) => `${path}\0${isFolder}\0${identity}`;
  const known = new Set(before.map(key));
  return before.length === after.length && after.every((one) => known.has(key(one)));
}

/** The jobs that are in a listing. */
export function jobsIn(listed: readonly Listed[]): readonly string[] {
  return listed.flatMap(({ path, isFolder }) => (isFolder && /^jobs\/[^/]+$/.test(path) ? [path] : []));
}

/** Whether an upload or a model is just being put in place, or a sample deleted. */
export function isOnItsWay(listed: readonly Listed[]): boolean {
  return listed.some(({ path }) => COMMITTED.has(path));
}

/** A photo may have a name that begins with a dot. */
function isInDataset(path: string): boolean {
  return path.split('/').slice(0, -1).includes('dataset');
}

function list(root: string, belongs: (path: string, name: string) => boolean): readonly Listed[] {
  const found: Listed[] = [];
  const folders = [''];
  for (const parent of folders) {
    for (const name of readdirSync(join(root, parent)).sort()) {
      const path = parent === '' ? name : `${parent}/${name}`;
      if (!belongs(path, name)) continue;
      const listed = look(root, path);
      if (listed === undefined) continue;
      found.push(listed);
      if (listed.isFolder) folders.push(path);
    }
  }
  return found;
}

/** Undefined for links, pipes and the like, which are in no backup. */
function look(root: string, path: string): Listed | undefined {
  const stats = lstatSync(join(root, path), { bigint: true });
  if (!stats.isFile() && !stats.isDirectory()) return undefined;
  const isFolder = stats.isDirectory();
  return {
    path,
    isFolder,
    mtimeMs: Number(stats.mtimeMs),
    identity: isFolder ? '' : identityIn(stats),
    isLinked: !isFolder && stats.nlink > 1n,
  };
}

interface Identity {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

export function identityIn({ ino, size, mtimeNs }: Identity): string {
  return `${ino}-${size}-${mtimeNs}`;
}

/** Throws where the open file is no longer the one that was listed. */
export function checkIdentity(listed: Listed, stats: Identity): void {
  if (identityIn(stats) !== listed.identity) throw new ChangedMeanwhile(listed.path);
}
