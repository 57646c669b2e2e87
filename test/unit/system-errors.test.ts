import assert from 'node:assert/strict';
import { open, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isFullDisk, isMissing, isNoPath, isOfSystem, isOtherKind, isPortTaken } from '../../src/system-errors.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));

test('what the system says of a path that is not there, and of another kind of thing', async () => {
  const folder = await tempDir();
  const missing = await readFile(join(folder, 'none')).catch((error: unknown) => error);
  assert.deepEqual(
    [isMissing, isNoPath, isOtherKind].map((is) => is(missing)),
    [true, true, false],
  );
  const other = await readFile(folder).catch((error: unknown) => error);
  assert.deepEqual(
    [isMissing, isNoPath, isOtherKind].map((is) => is(other)),
    [false, false, true],
  );
});

test('what a full disk says', { skip: process.platform !== 'linux' && '/dev/full is of Linux' }, async () => {
  const full = await open('/dev/full', 'w');
  const error: unknown = await full.write('x').catch((reason: unknown) => reason);
  await full.close();
  assert.ok(isFullDisk(error));
  assert.ok(isOfSystem(error));
});

test('what a port says that another program has', async () => {
  const first = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => first.once('listening', resolve));
  const address = first.address();
  assert.ok(typeof address === 'object' && address !== null);
  const second = createServer().listen(address.port, '127.0.0.1');
  const error: unknown = await new Promise((resolve) => second.once('error', resolve));
  first.close();
  assert.ok(isPortTaken(error));
});

test('an error of a library or of this program is none of the system', () => {
  for (const error of [
    new Error('no'),
    Object.assign(new Error('no'), { code: 'FST_ERR' }),
    { code: 'ENOENT' },
    'ENOENT',
  ])
    assert.ok(!isOfSystem(error));
});

test('codes of the system are read in one place', async () => {
  const files = (await readdir(src, { recursive: true })).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 100);
  for (const file of files.filter((name) => name !== 'system-errors.ts')) {
    // EXIF is a part of a picture
    const [code] = /'(?!EXIF')E[A-Z]{3,}'/.exec(await readFile(join(src, file), 'utf8')) ?? [];
    assert.equal(code, undefined, `${file} compares ${code}: give it a name in system-errors.ts`);
  }
});
