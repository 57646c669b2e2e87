import assert from 'node:assert/strict';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { listTree } from '../../src/files/list-tree.ts';
import { countFiles, linkTree } from '../../src/files/tree.ts';
import { setUp } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';

describe('a tree with folders in folders, an empty one and a link', () => {
  let root: string;
  let tree: string;
  setUp(async () => {
    root = await tempDir();
    tree = join(root, 'tree');
    await mkdir(join(tree, 'cat', 'small'), { recursive: true });
    await mkdir(join(tree, 'empty'));
    await writeFile(join(tree, 'cat', 'small', '1.jpg'), 'one');
    await writeFile(join(tree, '2.jpg'), 'two');
    await symlink(join(tree, '2.jpg'), join(tree, 'link.jpg'));
  });

  it('is listed with its plain files alone, each folder before what lies in it', async () => {
    const { files, folders } = await listTree(tree);
    assert.deepEqual([...files].sort(), ['2.jpg', join('cat', 'small', '1.jpg')]);
    assert.deepEqual([folders[0], [...folders].sort()], ['', ['', 'cat', join('cat', 'small'), 'empty']]);
    assert.equal(await countFiles(tree), 2);
    assert.equal(await countFiles(join(tree, 'none')), 0);
  });

  it('is copied by links to the same files', async () => {
    const copy = join(root, 'copy');
    await linkTree(tree, copy);
    assert.deepEqual((await readdir(copy)).sort(), ['2.jpg', 'cat', 'empty']);
    const [one, other] = await Promise.all([tree, copy].map((top) => stat(join(top, 'cat', 'small', '1.jpg'))));
    assert.equal(one?.ino, other?.ino);
  });

  it('makes an empty folder of what is none', async () => {
    await linkTree(join(tree, '2.jpg'), join(root, 'of-a-file'));
    assert.deepEqual(await readdir(join(root, 'of-a-file')), []);
  });
});
