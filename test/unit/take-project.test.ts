import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openArchive } from '../../src/backup/archive-writer.ts';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { takeProject } from '../../src/backup/take-project.ts';
import { exists } from '../../src/files/tree.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const REF = { workspace: '', id: 'p' };
const TIMES = { firstPauseMs: 1, longestPauseMs: 1 };
const ATTEMPTS = 4;

/** Take the project into an archive while `meanwhile` happens after each file that was written, and restore it. */
async function taken(dir: string, meanwhile: (path: string) => void) {
  const file = join(await tempDir(), 'p.tar');
  const archive = openArchive(file);
  const missing: string[] = [];
  const writer: typeof archive = {
    ...archive,
    file(path, ...rest) {
      archive.file(path, ...rest);
      meanwhile(path);
    },
  };
  const isThere = await takeProject(
    { writer, report: (path) => missing.push(path), times: TIMES, attempts: ATTEMPTS },
    join(dir, 'p'),
    'p',
  );
  archive.finish();
  archive.close();
  const to = await tempDir();
  await restoreBackup(to, file, { force: false });
  return { isThere, missing, root: join(to, 'p'), bytes: (await stat(file)).size };
}

describe('a project that changes while it is taken', () => {
  it('is taken again: all of it is of one upload', async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, REF, { labels: ['old'] });
    const other = await makeStore();
    await uploadTo(other.store, REF, { labels: ['new'], filesPerLabel: 1 });
    let isOld = true;
    // after the last of its files: nothing of it would be missed
    const { root, bytes } = await taken(dir, (path) => {
      if (!isOld || !path.endsWith('/old/2.jpg')) return;
      isOld = false;
      rmSync(join(dir, 'p'), { recursive: true });
      renameSync(join(other.dir, 'p'), join(dir, 'p'));
    });
    assert.deepEqual(await readdir(join(root, 'dataset')), ['new']);
    assert.match(await readFile(join(root, 'upload.json'), 'utf8'), /"labels":\["new"\]/);
    assert.equal(bytes, (await taken(dir, () => undefined)).bytes, 'nothing is left of the first attempt');
  });

  it('is taken again where a file goes that was to be read', async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, REF);
    await store.snapshot(REF, 'j1');
    const { root } = await taken(dir, () => rmSync(join(dir, 'p', 'jobs', 'j1'), { recursive: true, force: true }));
    assert.ok(!(await exists(join(root, 'jobs', 'j1'))));
    assert.ok(await exists(join(root, 'upload.json')));
  });

  it('is left out if it is deleted', async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, REF);
    const { isThere, root } = await taken(dir, () => rmSync(join(dir, 'p'), { recursive: true, force: true }));
    assert.deepEqual([isThere, await exists(root)], [false, false]);
  });

  it('and never stands still stops the backup, which says so', async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, REF);
    const upload = join(dir, 'p', 'upload.json');
    const text = await readFile(upload, 'utf8');
    let times = 0;
    const change = () => writeFileSync(upload, `${text}${' '.repeat((times += 1))}`);
    await assert.rejects(taken(dir, change), /was changed each of the 4 times/);
  });
});

describe('checkpoints that change while they are taken', () => {
  const made = async () => {
    const { store, dir } = await makeStore();
    await uploadTo(store, REF);
    await store.snapshot(REF, 'j1');
    const { checkpoints } = store.paths(REF).jobPaths('j1');
    await mkdir(checkpoints);
    let epoch = 1;
    const next = () => {
      for (const name of ['best.pt', 'last.pt'])
        writeFileSync(join(checkpoints, name), `epoch ${epoch}${' '.repeat(epoch)}`);
      epoch += 1;
    };
    next();
    return { dir, next };
  };

  it('are taken again: they are of one epoch', async () => {
    const { dir, next } = await made();
    let isFirst = true;
    const { root, missing } = await taken(dir, (path) => {
      if (!isFirst || !path.endsWith('last.pt')) return;
      isFirst = false;
      next();
    });
    for (const name of ['best.pt', 'last.pt'])
      assert.equal(await readFile(join(root, 'jobs', 'j1', 'checkpoints', name), 'utf8'), 'epoch 2  ');
    assert.deepEqual(missing, []);
  });

  it('are left out if they never stand still, and this is said', async () => {
    const { dir, next } = await made();
    const { root, missing } = await taken(dir, (path) => {
      if (path.includes('checkpoints')) next();
    });
    assert.deepEqual(missing, ['p/jobs/j1/checkpoints']);
    assert.ok(!(await exists(join(root, 'jobs', 'j1', 'checkpoints'))));
    assert.ok(await exists(join(root, 'jobs', 'j1', 'input', 'project.json')));
  });
});

it('an upload that a dead server left on its way is taken as it is, and finished after the restore', async () => {
  const { store, dir } = await makeStore();
  await uploadTo(store, REF, { labels: ['old'] });
  await mkdir(join(dir, 'p', '.next-upload', 'dataset', 'new'), { recursive: true });
  const record = JSON.parse(await readFile(join(dir, 'p', 'upload.json'), 'utf8')) as object;
  const next = { ...record, labels: ['new'], members: ['dataset', 'upload.json'] };
  await writeFile(join(dir, 'p', '.next-upload', 'upload.json'), JSON.stringify(next));
  const { root } = await taken(dir, () => undefined);
  const { store: opened } = await makeStore(join(root, '..'));
  assert.deepEqual(
    (await opened.list('')).map(({ labels }) => labels),
    [['new']],
  );
});

it('a name that no archive can have is left out and said', { skip: process.platform === 'win32' }, async () => {
  const { store, dir } = await makeStore();
  await uploadTo(store, REF);
  await writeFile(join(dir, 'p', 'dataset', 'Cat', 'a\nb.jpg'), 'by hand');
  const { missing, root } = await taken(dir, () => undefined);
  assert.deepEqual(missing, ['p/dataset/Cat/a\nb.jpg']);
  assert.equal((await readdir(join(root, 'dataset', 'Cat'))).length, 3);
});
