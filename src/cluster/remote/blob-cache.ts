import { randomBytes } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Of } from '../../files/hash-stream.ts';
import { ifThere } from '../../files/if-there.ts';

// Keeps files by their SHA-256 on a host, so that each photo is fetched once. What was used least recently goes first.

export interface BlobCache {
  /**
   * Calls `use` with the path of a file of this content, which stays there meanwhile. It is fetched where it is not there:
   * `fetch` writes it to a path. Rejects where what was fetched is another content.
   */
  withBlob(
    sha256: string,
    bytes: number,
    fetch: (path: string) => Promise<void>,
    use: (path: string) => Promise<void>,
  ): Promise<void>;
  /** Forget what nobody has used since then. */
  forgetBefore(timeMs: number): void;
  readonly bytes: number;
}

interface Entry {
  readonly bytes: number;
  usedMs: number;
  /** Its content was looked at since this process has started. */
  isChecked: boolean;
  users: number;
}

/** `folder` is the cache's own. */
export async function openBlobCache(folder: string, maxBytes: number): Promise<BlobCache> {
  await mkdir(folder, { recursive: true });
  /** The least recently used first. */
  const entries = await readEntries(folder);
  const once = createOnce();
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);
  let bytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);

  /** At once: the same may be fetched again meanwhile. */
  const drop = (sha256: string, entry: Entry) => {
    // first: what cannot be deleted now is tried again
    rmSync(pathOf(sha256), { force: true });
    entries.delete(sha256);
    bytes -= entry.bytes;
  };
  const makeRoom = () => {
    for (const [sha256, entry] of entries) {
      if (bytes <= maxBytes) return;
      if (entry.users === 0) drop(sha256, entry);
    }
  };

  const bring = async (sha256: string, size: number, fetch: (path: string) => Promise<void>) => {
    const known = entries.get(sha256);
    if (known?.isChecked) return;
    if (known !== undefined) {
      known.isChecked = (await hashOf(pathOf(sha256)).catch(() => '')) === sha256;
      if (known.isChecked) return;
      drop(sha256, known);
    }
    await fetchChecked(join(folder, `.part-${randomBytes(6).toString('hex')}`), pathOf(sha256), sha256, fetch);
    entries.set(sha256, { bytes: size, usedMs: Date.now(), isChecked: true, users: 0 });
    bytes += size;
  };

  /** It is not dropped before its user is counted down. */
  const hold = async (sha256: string, size: number, fetch: (path: string) => Promise<void>) => {
    for (;;) {
      await once(sha256, () => bring(sha256, size, fetch));
      const entry = entries.get(sha256);
      // it was dropped between the two
      if (entry === undefined) continue;
      entry.users += 1;
      if (await touch(pathOf(sha256))) return entry;
      // somebody has deleted the file, or the whole folder
      if (entries.get(sha256) === entry) drop(sha256, entry);
    }
  };

  return {
    get bytes() {
      return bytes;
    },
    forgetBefore(timeMs) {
      for (const [sha256, entry] of entries) if (entry.users === 0 && entry.usedMs < timeMs) drop(sha256, entry);
    },
    async withBlob(sha256, size, fetch, use) {
      const entry = await hold(sha256, size, fetch);
      try {
        entries.delete(sha256);
        entries.set(sha256, entry);
        entry.usedMs = Date.now();
        await use(pathOf(sha256));
      } finally {
        entry.users -= 1;
      }
      makeRoom();
    },
  };
}

/** Of several who want a thing at the same time, one brings it. */
function createOnce(): (name: string, bring: () => Promise<void>) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  return async (name, bring) => {
    for (let other = running.get(name); other !== undefined; other = running.get(name)) {
      // whoever brings it may be cancelled meanwhile: then another one does
      const isThere = await other.then(
        () => true,
        () => false,
      );
      if (isThere) return;
    }
    const own = bring().finally(() => running.delete(name));
    running.set(name, own);
    await own;
  };
}

/** So that it is known after a restart what was used last. False: it is gone. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return ifThere(
    utimes(path, now, now).then(() => true),
    false,
  );
}

/** It gets its name when it is whole. */
async function fetchChecked(part: string, path: string, sha256: string, fetch: (path: string) => Promise<void>) {
  await mkdir(dirname(part), { recursive: true });
  try {
    await fetch(part);
    if ((await hashOf(part)) !== sha256) throw new Error(`what was sent for ${sha256} has another content`);
    await chmod(part, 0o444);
    await mkdir(dirname(path), { recursive: true });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** What an earlier process has left; what it was fetching when it ended is deleted. */
async function readEntries(folder: string): Promise<Map<string, Entry>> {
  const found: { readonly sha256: string; readonly bytes: number; readonly usedMs: number }[] = [];
  for (const name of await readdir(folder)) {
    if (name.startsWith('.part-')) await rm(join(folder, name), { force: true });
    if (!/^[0-9a-f]{2}$/.test(name)) continue;
    for (const sha256 of await readdir(join(folder, name))) {
      const { size, mtimeMs } = await stat(join(folder, name, sha256));
      found.push({ sha256, bytes: size, usedMs: mtimeMs });
    }
  }
  found.sort((a, b) => a.usedMs - b.usedMs);
  return new Map(found.map(({ sha256, ...entry }) => [sha256, { ...entry, isChecked: false, users: 0 }]));
}

export function hashOf(path: string): Promise<string> {
  return sha256Of(createReadStream(path));
}
