import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { overwriteFile, PRIVATE_MODE, replaceFile } from '../../src/files/replace-file.ts';
import { setUp } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';

describe('replacing a file', () => {
  let folder: string;
  setUp(async () => {
    folder = await tempDir();
  });

  it('leaves the new text alone, also where an earlier draft was left behind', async () => {
    const path = join(folder, 'a.json');
    await writeFile(path, 'old');
    await writeFile(`${path}.new`, 'a draft that is longer than the new text');
    await replaceFile(path, 'new');
    assert.equal(await readFile(path, 'utf8'), 'new');
    assert.deepEqual(await readdir(folder), ['a.json']);
  });

  it('makes a file for its owner alone, whatever the draft was', { skip: process.platform === 'win32' }, async () => {
    const path = join(folder, 'key');
    await writeFile(`${path}.new`, 'open to all', { mode: 0o666 });
    await replaceFile(path, 'secret', { mode: PRIVATE_MODE });
    assert.equal((await stat(path)).mode & 0o777, PRIVATE_MODE);
  });

  it('leaves no draft where the file cannot be put in place', async () => {
    const taken = join(folder, 'a-folder');
    await mkdir(join(taken, 'with-something'), { recursive: true });
    await assert.rejects(replaceFile(taken, 'new'));
    assert.ok(!(await readdir(folder)).includes('a-folder.new'));
  });
});

it('writing over a file cuts off what was longer', async () => {
  const path = join(await tempDir(), 'job.json');
  await writeFile(path, '{"state":"waiting"}');
  await overwriteFile(path, '{"a":"ก"}');
  assert.equal(await readFile(path, 'utf8'), '{"a":"ก"}');
});
