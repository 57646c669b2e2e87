import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';
import { KEY_FILE, makeKey, readOrMakeKey } from '../../src/http/own-key.ts';
import { WORDS } from '../../src/http/words.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('a key is three words of 1024 that a child can type, and long enough to be set as MAI_KEY', () => {
  assert.equal(new Set(WORDS).size, 1024);
  for (const word of WORDS) assert.match(word, /^[a-z]{4,6}$/);
  const keys = Array.from({ length: 200 }, makeKey);
  assert.equal(new Set(keys).size, 200);
  for (const key of keys) assert.deepEqual(loadConfig({ MAI_KEY: key }).keys, [{ workspace: '', key }]);
  // every word of 600 draws alike would be a generator that is stuck
  assert.ok(new Set(keys.flatMap((key) => key.split('-'))).size > 300);
});

test('it is kept beside the projects, for the owner alone, and is the same at the next start', async () => {
  const dir = join(await tempDir(), 'not', 'there', 'yet');
  const { key, path } = await readOrMakeKey(dir);
  assert.equal(path, join(dir, KEY_FILE));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal(await readFile(path, 'utf8'), `${key}\n`);
  assert.deepEqual(await readdir(dir), [KEY_FILE]);
  await chmod(path, 0o644);
  assert.equal((await readOrMakeKey(dir)).key, key);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('a start that was cut off while it wrote leaves nothing in the way', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, `${KEY_FILE}.new`), 'hal');
  const { key } = await readOrMakeKey(dir);
  assert.deepEqual([await readdir(dir), (await readOrMakeKey(dir)).key], [[KEY_FILE], key]);
});

test('a file that holds no key stops the start, and is not written over', async () => {
  for (const text of ['', 'short', 'with a blank in it', 'slash/slash/slash', '............']) {
    const dir = await tempDir();
    await writeFile(join(dir, KEY_FILE), text);
    await assert.rejects(readOrMakeKey(dir), (error: unknown) => error instanceof ConfigError && error.message.includes(KEY_FILE) && (text === '' || !error.message.includes(text)));
    assert.equal(await readFile(join(dir, KEY_FILE), 'utf8'), text);
  }
  const dir = await tempDir();
  await assert.rejects(readOrMakeKey(join(dir, '\0')));
});
