import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFile } from '../../src/files/open-file.ts';
import { createContentHashes } from '../../src/samples/content-hash.ts';
import { put } from '../helpers/small-picture.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('a file is read once however many ask for its hash, and few files at a time', async () => {
  const folder = await tempDir();
  const paths = Array.from({ length: 20 }, (_, number) => join(folder, `${number}.jpg`));
  const identities = await Promise.all(paths.map((path) => put(path, path)));
  let opens = 0;
  let most = 0;
  const open = new Set<number>();
  const hashOf = createContentHashes(async (path) => {
    const opened = await openFile(path);
    if (opened === undefined) return undefined;
    const number = (opens += 1);
    open.add(number);
    most = Math.max(most, open.size);
    (opened.file as unknown as EventEmitter).once('close', () => open.delete(number));
    return opened;
  });
  const asked = Array.from({ length: 30 }, () => paths.map((path, index) => hashOf(path, identities[index] ?? '')));
  const hashes = await Promise.all(asked.flat());
  assert.equal(new Set(hashes).size, paths.length);
  assert.deepEqual([opens, open.size], [paths.length, 0]);
  assert.ok(most <= 2, `${most} at a time`);
});

test('hashes beyond a number are forgotten, and made again', async () => {
  const folder = await tempDir();
  let opens = 0;
  const hashOf = createContentHashes(async (path) => {
    opens += 1;
    return openFile(path);
  }, 2);
  const files = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => [join(folder, name), await put(join(folder, name), name)] as const),
  );
  for (const [path, identity] of [...files, ...files.slice(0, 1)]) await hashOf(path, identity);
  assert.equal(opens, 4);
});
