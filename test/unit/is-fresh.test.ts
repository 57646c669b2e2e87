import assert from 'node:assert/strict';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFresh } from '../../tools/setup/is-fresh.mjs';
import { tempDir } from '../helpers/temp-dir.ts';

test('what was made is fresh until a file below its sources changes, comes or goes', async () => {
  const root = await tempDir();
  const [made, folder, lock] = ['made', 'sources', 'lock'].map((name) => join(root, name)) as [string, string, string];
  const source = join(folder, 'deep', 'source.ts');
  await mkdir(join(folder, 'deep'), { recursive: true });
  for (const path of [source, lock]) await writeFile(path, '');
  const asked = () => isFresh(made, [folder, lock]);
  assert.equal(await asked(), false, 'not there');
  await writeFile(made, '');
  const letTimersRun = async () => {
    for (const path of [source, lock, folder, join(folder, 'deep')]) await utimes(path, 1000, 1000);
    await utimes(made, 2000, 2000);
    assert.equal(await asked(), true);
  };
  for (const path of [source, lock]) {
    await letTimersRun();
    await utimes(path, 3000, 3000);
    assert.equal(await asked(), false, path);
  }
  await letTimersRun();
  await writeFile(join(folder, 'more.ts'), '');
  await utimes(join(folder, 'more.ts'), 1000, 1000);
  assert.equal(await asked(), false, 'a file came');
  await letTimersRun();
  await rm(join(folder, 'more.ts'));
  assert.equal(await asked(), false, 'a file went');
});
