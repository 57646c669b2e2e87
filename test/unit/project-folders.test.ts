import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { createFolderIndex } from '../../src/projects/folder-index.ts';
import { foldedName } from '../../src/projects/folder-name.ts';
import { refKey } from '../../src/projects/project.ts';
import { ODD_IDS } from '../helpers/odd-ids.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const refTo = (id: string) => ({ workspace: '', id });
const foldersIn = (dir: string) =>
  readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .sort();
const idsIn = async (store: Awaited<ReturnType<typeof makeStore>>['store']) =>
  (await store.list('')).map(({ ref }) => ref.id).sort();
const record = (dir: string, folder: string) =>
  JSON.parse(readFileSync(join(dir, folder, 'upload.json'), 'utf8')) as { id?: string };

/** A plain project folder as the server before this one wrote it: no id in upload.json. */
async function oldFolder(dir: string, folder: string, label: string): Promise<void> {
  const { store, dir: from } = await makeStore();
  await uploadTo(store, refTo('p1'), { labels: [label] });
  const { id: _new, ...old } = record(from, 'p1');
  await cp(join(from, 'p1'), join(dir, folder), { recursive: true });
  writeFileSync(join(dir, folder, 'upload.json'), JSON.stringify(old));
}

describe('the folder of a project', () => {
  test('is the id itself where that is plain, else a readable beginning and a hash', async () => {
    const { store, dir } = await makeStore();
    for (const id of ['cats_1', 'โปรเจค KidBright_Tni3SSC', 'CON']) await uploadTo(store, refTo(id));
    assert.deepEqual(
      foldersIn(dir),
      ['CON~a3dbc4b644a9a2c5', 'cats_1', 'โปรเจค KidBright_Tni3SSC~f3be8c4a54d86e29'].sort(),
    );
    assert.deepEqual(
      foldersIn(dir)
        .map((folder) => record(dir, folder).id)
        .sort(),
      ['CON', 'cats_1', 'โปรเจค KidBright_Tni3SSC'].sort(),
    );
  });

  test('every odd id has its own, on a file system without upper case too, and is itself again after a restart', async () => {
    const { store, dir } = await makeStore();
    for (const [n, id] of ODD_IDS.entries()) await uploadTo(store, refTo(id), { labels: [`L${n}`], filesPerLabel: 1 });
    assert.equal(new Set(foldersIn(dir).map(foldedName)).size, ODD_IDS.length);
    for (const again of [store, (await makeStore(dir)).store]) {
      assert.deepEqual(await idsIn(again), [...ODD_IDS].sort());
      for (const [n, id] of ODD_IDS.entries()) {
        const project = await again.read(refTo(id));
        assert.deepEqual([project.ref.id, project.labels], [id, [`L${n}`]]);
        assert.equal(
          relative(dir, again.paths(refTo(id)).root),
          foldersIn(dir).find((folder) => record(dir, folder).id === id),
        );
      }
    }
    for (const id of ODD_IDS) await store.remove(refTo(id));
    assert.deepEqual(foldersIn(dir), []);
  });

  test('two first uploads at once of ids that differ in case alone make two', async () => {
    const { store, dir } = await makeStore();
    const ids = ['Abc', 'abc', 'ABC', 'aBC'];
    await Promise.all(ids.map((id) => uploadTo(store, refTo(id), { labels: [id] })));
    assert.equal(new Set(foldersIn(dir).map(foldedName)).size, ids.length);
    for (const id of ids) assert.deepEqual((await store.read(refTo(id))).labels, [id]);
  });

  test("is free for the next project once it is deleted, and stays the project's own until then", async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, refTo('Abc'));
    await uploadTo(store, refTo('abc'));
    const [before] = foldersIn(dir).filter((name) => name !== 'Abc');
    await store.remove(refTo('Abc'));
    await assert.rejects(store.read(refTo('Abc')), /no project "Abc"/);
    await uploadTo(store, refTo('abc'), { labels: ['New'] });
    assert.deepEqual(foldersIn(dir), [before]);
    await uploadTo(store, refTo('ABC'));
    await uploadTo((await makeStore(dir)).store, refTo('abc'));
    assert.deepEqual(foldersIn(dir), [before, 'ABC'].sort());
  });

  test('a workspace has its own', async () => {
    const dir = await tempDir();
    const index = createFolderIndex(dir);
    assert.equal(index.claim({ workspace: '7a', id: 'Abc' }), 'Abc');
    assert.equal(index.claim({ workspace: '7b', id: 'abc' }), 'abc');
    assert.notEqual(refKey({ workspace: '', id: '7a' }), refKey({ workspace: '7a', id: '' }));
  });

  test('a refused first upload leaves no name taken', async () => {
    const { store, dir } = await makeStore();
    await assert.rejects(uploadTo(store, refTo('Abc'), { project: { projectType: 'NONE' } }));
    await uploadTo(store, refTo('abc'));
    assert.deepEqual(foldersIn(dir), ['abc']);
  });
});

describe('folders that were there before', () => {
  test('of an older server are found, those with capitals and a pair of both cases too', async () => {
    const dir = await tempDir();
    for (const folder of ['Abc', 'Cats-1', 'cats-1']) await oldFolder(dir, folder, folder);
    const { store } = await makeStore(dir);
    assert.deepEqual(await idsIn(store), ['Abc', 'Cats-1', 'cats-1']);
    await uploadTo(store, refTo('abc'), { labels: ['new'] });
    await uploadTo(store, refTo('Abc'), { labels: ['newer'] });
    assert.deepEqual(
      [(await store.read(refTo('Abc'))).labels, (await store.read(refTo('abc'))).labels],
      [['newer'], ['new']],
    );
    assert.deepEqual(
      foldersIn(dir).filter((name) => !name.includes('~')),
      ['Abc', 'Cats-1', 'cats-1'],
    );
  });

  test('put there by hand are projects of their name, before and after the start', async () => {
    const { store, dir } = await makeStore();
    const names = ['By-Hand', 'โปรเจค เก่า_Tni3SSC', 'with.dot'];
    for (const name of names) {
      mkdirSync(join(dir, name, 'dataset'), { recursive: true });
      writeFileSync(join(dir, name, 'project.json'), JSON.stringify({ projectType: 'IMAGE_CLASSIFICATION' }));
    }
    await assert.rejects(store.read(refTo('by-hand')), /no project/);
    await uploadTo(store, refTo('by-hand'), { labels: ['other'] });
    for (const name of names) assert.deepEqual((await store.read(refTo(name))).labels, []);
    await uploadTo(store, refTo(names[1] ?? ''), { labels: ['same'] });
    const { store: again } = await makeStore(dir);
    assert.deepEqual(await idsIn(again), [...names, 'by-hand'].sort());
    assert.equal(foldersIn(dir).length, 4);
  });

  test('a copy made by hand is a project of its own name, whatever its record says', async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, refTo('cats'));
    cpSync(join(dir, 'cats'), join(dir, 'cats2'), { recursive: true });
    assert.deepEqual(await idsIn(store), ['cats', 'cats2']);
    assert.deepEqual(await idsIn((await makeStore(dir)).store), ['cats', 'cats2']);
  });

  test("a file, a link and the server's own folders are in nobody's way", async () => {
    const { store, dir } = await makeStore();
    writeFileSync(join(dir, 'Readme'), '');
    for (const id of ['readme', 'Readme', '.trash', '.incoming', '.server.lock'])
      await uploadTo(store, refTo(id), { labels: [id] });
    for (const id of ['readme', 'Readme', '.trash', '.incoming', '.server.lock'])
      assert.deepEqual((await store.read(refTo(id))).labels, [id]);
    assert.equal(readFileSync(join(dir, 'Readme'), 'utf8'), '');
  });
});

describe('a crash', () => {
  const id = 'โปรเจค KidBright_Tni3SSC';
  const MOVES = ['dataset', 'dataset.json', 'project.json', 'upload.json'];

  for (let moved = 0; moved <= MOVES.length; moved += 1) {
    test(`of a first upload, ${moved} members moved: it is finished, under its own id`, async () => {
      const { store, dir } = await makeStore();
      await uploadTo(store, refTo(id), { labels: ['Only'], filesPerLabel: 1, project: { id: 'what the zip says' } });
      const { root, nextUpload } = store.paths(refTo(id));
      mkdirSync(nextUpload);
      for (const member of MOVES.slice(moved)) renameSync(join(root, member), join(nextUpload, member));
      const { store: again } = await makeStore(dir);
      assert.deepEqual(await idsIn(again), [id]);
      assert.deepEqual((await again.read(refTo(id))).labels, ['Only']);
      assert.deepEqual(readdirSync(again.paths(refTo(id)).root).sort(), [...MOVES].sort());
    });
  }

  test('before anything was moved leaves nothing behind', async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, refTo(id));
    const { root } = store.paths(refTo(id));
    rmSync(root, { recursive: true });
    mkdirSync(root);
    await makeStore(dir);
    assert.deepEqual(readdirSync(dir), []);
  });

  test('that cost the record: the id is found in project.json, or by the hash once somebody asks for it', async () => {
    for (const named of [id, 'something else']) {
      const { store, dir } = await makeStore();
      await uploadTo(store, refTo(id), { project: { id: named } });
      const { root } = store.paths(refTo(id));
      writeFileSync(join(root, 'upload.json'), '{"id":"โปร');
      const { store: again } = await makeStore(dir);
      assert.equal((await again.read(refTo(id))).ref.id, id);
      assert.equal(again.paths(refTo(id)).root, root);
      assert.deepEqual(await idsIn((await makeStore(dir)).store), [id]);
    }
  });

  test("an upload takes the folder whose record is lost and whose hash is the id's", async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, refTo(id));
    const { root } = store.paths(refTo(id));
    rmSync(root, { recursive: true });
    await mkdir(join(root, 'output'), { recursive: true });
    await writeFile(join(root, 'output', 'model.pth'), '');
    const { store: again } = await makeStore(dir);
    await uploadTo(again, refTo(id));
    assert.ok(existsSync(join(again.paths(refTo(id)).output, 'model.pth')));
    assert.equal(foldersIn(dir).length, 1);
  });
});
