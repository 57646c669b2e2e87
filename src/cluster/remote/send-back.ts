import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { listTree } from '../../files/list-tree.ts';
import { identityOf } from '../../files/open-file.ts';
import { isFolder } from '../../files/tree.ts';
import { hashOf } from './blob-cache.ts';
import type { RunLink } from './client.ts';
import type { Item, Result } from './protocol.ts';
import { createHashes, isOfCheckpoints, readTree, sizeOf, withSlashes } from './trees.ts';

// Sends the folders that a child writes back to the web server: only what that does not have, by content.

export interface SendBack {
  /** Resolves when the folder is in its place there as it is here. Nothing where it is as it was sent last. */
  folder(name: Result): Promise<void>;
}

/** `scratch`: a folder for copies. */
export function createSendBack(
  pathOf: (name: Result) => string,
  scratch: string,
  link: Pick<RunLink, 'list' | 'send'>,
): SendBack {
  const hash = createHashes();
  const read = createCheckpointReader(scratch);
  const sent = new Map<Result, string>();

  const send = async (name: Result, files: readonly Item[], pathOfFile: (item: Item) => string) => {
    const listing = JSON.stringify(files);
    if (files.length === 0 || sent.get(name) === listing) return;
    const missing = await link.list(name, files);
    for (const sha256 of missing) {
      const file = files.find((one) => one.sha256 === sha256);
      if (file !== undefined) await link.send(sha256, file.bytes, pathOfFile(file));
    }
    if (missing.length > 0 && (await link.list(name, files)).length > 0) throw new Error(`${name} did not arrive`);
    sent.set(name, listing);
  };

  const sendFolder = async (name: Result) => {
    const root = pathOf(name);
    if (!(await isFolder(root))) return;
    if (name === 'checkpoints') {
      const copies = await read(root);
      await send(name, copies?.items ?? [], ({ sha256 }) => copies?.pathOf(sha256) ?? '');
      await rm(scratch, { recursive: true, force: true });
    } else {
      const { files = [] } = (await readTree(root, hash)) ?? {};
      await send(name, files, ({ path }) => join(root, path));
    }
  };
  const oneAtATime = pLimit(1);
  return { folder: (name) => oneAtATime(sendFolder, name) };
}

interface Copies {
  readonly items: readonly Item[];
  pathOf(sha256: string): string;
}

/** A child writes over its checkpoints while they are sent, so what is new is copied. Undefined: some changed meanwhile. */
function createCheckpointReader(scratch: string): (root: string) => Promise<Copies | undefined> {
  const known = new Map<string, Omit<Item, 'path'>>();
  return async (root) => {
    const paths = new Map<string, string>();
    const seen: { readonly path: string; readonly identity: string }[] = [];
    const items: Item[] = [];
    await mkdir(scratch, { recursive: true });
    for (const file of (await listTree(root)).files.filter(isOfCheckpoints)) {
      const path = join(root, file);
      const identity = await identityOf(path);
      if (identity === undefined) return undefined;
      seen.push({ path, identity });
      let content = known.get(identity);
      if (content === undefined) {
        const copy = join(scratch, String(items.length));
        await copyFile(path, copy);
        content = { sha256: await hashOf(copy), bytes: await sizeOf(copy) };
        paths.set(content.sha256, copy);
      }
      if (!paths.has(content.sha256)) paths.set(content.sha256, path);
      items.push({ path: withSlashes(file), ...content });
    }
    for (const { path, identity } of seen) if ((await identityOf(path)) !== identity) return undefined;
    known.clear();
    seen.forEach(({ identity }, at) => {
      const { sha256 = '', bytes = 0 } = items[at] ?? {};
      known.set(identity, { sha256, bytes });
    });
    return { items, pathOf: (sha256) => paths.get(sha256) ?? '' };
  };
}
