import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type BlobCache, openBlobCache } from '../../src/cluster/remote/blob-cache.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const held = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.length === 2)
    .flatMap((name) => readdirSync(join(folder, name)));

/** Uses a file; returns what it read, and says whether it was fetched. */
async function use(cache: BlobCache, text: string, sent = text): Promise<{ read: string; fetched: boolean }> {
  let [read, fetched] = ['', false];
  await cache.withBlob(
    sha256(text),
    text.length,
    async (path) => {
      fetched = true;
      await writeFile(path, sent);
    },
    async (path) => void (read = readFileSync(path, 'utf8')),
  );
  return { read, fetched };
}

describe('the cache of a host', () => {
  it('fetches a file once', async () => {
    const cache = await openBlobCache(await tempDir(), 100);
    assert.deepEqual(await use(cache, 'a photo'), { read: 'a photo', fetched: true });
    const again = await use(cache, 'a photo');
    assert.deepEqual(again, { read: 'a photo', fetched: false });
  });

  it('fetches it once for several who want it at the same time', async () => {
    const cache = await openBlobCache(await tempDir(), 100);
    const all = await Promise.all([use(cache, 'one'), use(cache, 'one'), use(cache, 'one')]);
    assert.equal(all.filter(({ fetched }) => fetched).length, 1);
  });

  it('forgets what was used least recently where it has no room', async () => {
    const folder = await tempDir();
    const cache = await openBlobCache(folder, 8);
    for (const text of ['aaaa', 'bbbb', 'aaaa', 'cccc']) await use(cache, text);
    assert.deepEqual(held(folder).sort(), [sha256('aaaa'), sha256('cccc')].sort());
    assert.equal(cache.bytes, 8);
  });

  it('keeps what is in use, and gives even what is larger than all of it', async () => {
    const folder = await tempDir();
    const cache = await openBlobCache(folder, 3);
    let inside: readonly string[] = [];
    await cache.withBlob(
      sha256('long'),
      4,
      (path) => writeFile(path, 'long'),
      async () => {
        await use(cache, 'xx');
        inside = held(folder);
      },
    );
    assert.ok(inside.includes(sha256('long')));
    assert.ok(cache.bytes <= 3);
  });

  it('forgets what nobody has used since', async () => {
    const folder = await tempDir();
    const cache = await openBlobCache(folder, 100);
    await use(cache, 'old');
    await pause(20);
    const since = Date.now();
    await use(cache, 'new');
    cache.forgetBefore(since);
    assert.deepEqual(held(folder), [sha256('new')]);
    (await openBlobCache(folder, 100)).forgetBefore(Date.now() + 1_000);
    assert.deepEqual(held(folder), []);
  });

  it('refuses another content, and keeps nothing of it', async () => {
    const folder = await tempDir();
    const cache = await openBlobCache(folder, 100);
    await assert.rejects(use(cache, 'a photo', 'a phish'), /another content/);
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(await use(cache, 'a photo'), { read: 'a photo', fetched: true });
  });

  it('goes on after a restart, in the same order, and looks at what it has', async () => {
    const folder = await tempDir();
    const first = await openBlobCache(folder, 8);
    for (const text of ['aaaa', 'bbbb', 'aaaa']) {
      await use(first, text);
      await pause(5);
    }
    writeFileSync(join(folder, '.part-x'), 'half a photo');
    const again = await openBlobCache(folder, 8);
    await use(again, 'cccc');
    assert.deepEqual(held(folder).sort(), [sha256('aaaa'), sha256('cccc')].sort());
    const [path] = [join(folder, sha256('aaaa').slice(0, 2), sha256('aaaa'))];
    chmodSync(path, 0o644);
    writeFileSync(path, 'torn');
    assert.deepEqual(await use(await openBlobCache(folder, 8), 'aaaa'), { read: 'aaaa', fetched: true });
    assert.ok(!readdirSync(folder).includes('.part-x'));
  });

  it('fetches again what somebody has deleted meanwhile, or all of it', async () => {
    const folder = await tempDir();
    const cache = await openBlobCache(folder, 100);
    for (const gone of [join(folder, sha256('a photo').slice(0, 2), sha256('a photo')), folder]) {
      await use(cache, 'a photo');
      rmSync(gone, { recursive: true, force: true });
      assert.deepEqual(await use(cache, 'a photo'), { read: 'a photo', fetched: true });
    }
    assert.equal(cache.bytes, 7);
  });

  it('is fetched by another where the one who fetched it was cancelled', async () => {
    const cache = await openBlobCache(await tempDir(), 100);
    let waits: ReturnType<typeof use>[] = [];
    const cancelled = cache.withBlob(
      sha256('one'),
      3,
      async () => {
        waits = [use(cache, 'one'), use(cache, 'one')];
        throw new Error('cancelled');
      },
      async () => undefined,
    );
    await assert.rejects(cancelled, /cancelled/);
    const read = await Promise.all(waits);
    assert.deepEqual(read.map((one) => one.read).sort(), ['one', 'one']);
    assert.equal(read.filter(({ fetched }) => fetched).length, 1);
  });
});
