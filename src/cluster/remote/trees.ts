import { stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { listTree } from '../../files/list-tree.ts';
import { identityOf } from '../../files/open-file.ts';
import { isFolder } from '../../files/tree.ts';
import { mapSome } from '../../promises.ts';
import { hashOf } from './blob-cache.ts';
import type { Item, Tree } from './protocol.ts';

// What lies in a folder, by content.

const AT_ONCE = 4;
const MOST_KEPT = 200_000;

/** SHA-256 of files that are replaced, never changed in place. */
export type HashFile = (path: string) => Promise<string>;

/** Remembers them by the identity of the file. */
export function createHashes(): HashFile {
  const known = new Map<string, Promise<string>>();
  return async (path) => {
    const identity = (await identityOf(path)) ?? path;
    const before = known.get(identity);
    if (before !== undefined) return before;
    if (known.size >= MOST_KEPT) known.clear();
    const hash = hashOf(path);
    known.set(identity, hash);
    hash.catch(() => known.delete(identity));
    return hash;
  };
}

/** Everything in a folder but links and special files. Undefined: there is no such folder. */
export async function readTree(
  root: string,
  hash: HashFile,
  isWanted: (path: string) => boolean = () => true,
): Promise<Tree | undefined> {
  if (!(await isFolder(root))) return undefined;
  const listed = await listTree(root);
  const files = await mapSome(listed.files.filter(isWanted), AT_ONCE, async (file): Promise<Item> => {
    const path = join(root, file);
    const sha256 = await hash(path);
    return { path: withSlashes(file), sha256, bytes: await sizeOf(path) };
  });
  return { files, folders: listed.folders.filter((folder) => folder !== '').map(withSlashes) };
}

export function withSlashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

export async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

/** Checkpoints by turns have names of their own beside those that count: second names of the same files. */
const TURNS = /(^|[\\/])(\d\.pt|\.[^\\/]*)$/;

export function isOfCheckpoints(path: string): boolean {
  return !TURNS.test(path);
}
