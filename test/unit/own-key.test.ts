import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';
import { KEY_FILE, makeKey, readOrMakeKey } from '../../src/http/own-key.ts';
import { WORDS } from '../../src/http/words.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { pathsIn, readTrace, replayTrace, STRACE_CALLS, whyNoTrace, type Disk } from '../helpers/traced-disk.ts';

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
    await assert.rejects(
      readOrMakeKey(dir),
      (error: unknown) =>
        error instanceof ConfigError &&
        error.message.includes(KEY_FILE) &&
        (text === '' || !error.message.includes(text)),
    );
    assert.equal(await readFile(join(dir, KEY_FILE), 'utf8'), text);
  }
  const dir = await tempDir();
  await assert.rejects(readOrMakeKey(join(dir, '\0')));
});

test('keys survive a power cut: data before the rename, the folder after it', {
  skip: whyNoTrace() ?? false,
}, async () => {
  const dir = await tempDir();
  const trace = join(await tempDir(), 'trace');
  const url = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const script = `
    const { readOrMakeKey } = await import(${url('http/own-key.ts')});
    const { installationCertificate } = await import(${url('reach/certificate-files.ts')});
    await readOrMakeKey(${JSON.stringify(dir)});
    await installationCertificate(${JSON.stringify(dir)}, { names: ['localhost'], addresses: ['127.0.0.1'] }, Date.now());`;
  const strace = ['-f', '-yy', '-qq', '-s', '200', '--seccomp-bpf', '-e', `trace=${STRACE_CALLS}`, '-o', trace];
  const { status, stderr } = spawnSync(
    'strace',
    [...strace, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script],
    { env: { ...process.env, UV_USE_IO_URING: '0' }, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  const renamed: string[] = [];
  let after: Disk | undefined;
  replayTrace(readTrace(trace), ({ call, args }, disk) => {
    const [from = '', to = ''] = pathsIn(args);
    if (call.startsWith('rename') && to.startsWith(dir)) {
      renamed.push(to);
      assert.ok(!disk.unsynced(from).includes(from), `the data of ${to}`);
    }
    after = disk;
  });
  assert.deepEqual(
    renamed.map((path) => path.slice(dir.length + 1)).filter((path) => path.endsWith('.key') || path.endsWith('.pem')),
    ['.key', '.tls/authority.pem', '.tls/server.pem'],
  );
  assert.deepEqual((after as Disk | undefined)?.unsynced(dir), [], 'files and folders that a power cut would lose');
});
