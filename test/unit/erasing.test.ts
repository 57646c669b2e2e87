import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { beginErasing, finishErasing } from '../../src/projects/erasing.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { isMissing } from '../../src/system-errors.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const FILE = 'dataset/Cat/1.jpg';

/** A project whose photo is about to be deleted. */
async function given() {
  const paths = projectPaths(await tempDir(), '', 'p');
  await mkdir(join(paths.dataset, 'Cat'), { recursive: true });
  await writeFile(join(paths.root, FILE), 'photo');
  const copies = [{ root: '', file: FILE }];
  await beginErasing(paths, { type: 'IMAGE_CLASSIFICATION', copies, trainings: [], at: 1 });
  return paths;
}

describe('a photo that is deleted', () => {
  it('goes also while small pictures of others are made, one after the other', async () => {
    const paths = await given();
    const small = join(paths.cache, 'thumbnails');
    let [made, isOver] = [0, false];
    const make = async () => {
      while (!isOver) {
        made += 1;
        const own = join(small, `${made}`);
        const drawn = mkdir(own, { recursive: true }).then(() => writeFile(join(own, 'picture.jpg'), 'small'));
        await drawn.catch((error: unknown) => assert.ok(isMissing(error)));
      }
    };
    const makers = Array.from({ length: 8 }, make);
    await finishErasing(paths).finally(() => (isOver = true));
    await Promise.all(makers);
    assert.deepEqual([existsSync(join(paths.root, FILE)), existsSync(paths.erasing)], [false, false]);
    assert.equal(existsSync(paths.goneCache), false);
  });

  it('takes what a crash has left of what was computed of it', async () => {
    const paths = await given();
    for (const folder of [paths.cache, paths.goneCache]) {
      await mkdir(folder);
      await writeFile(join(folder, 'features'), 'of the photo');
    }
    await finishErasing(paths);
    assert.deepEqual(
      (await readdir(paths.root)).filter((name) => /cache|erasing/.test(name)),
      [],
    );
  });
});
