import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { sharedCache } from '../../src/projects/paths.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const ref = { workspace: '', id: 'p1' };
const files = (dir: string) => readdirSync(dir, { recursive: true }).map(String).sort();

test('an upload takes the place of the one before it; output and jobs stay', async () => {
  const { store, dir } = await makeStore();
  await uploadTo(store, ref, { labels: ['Cat', 'Dog'] });
  const paths = store.paths(ref);
  await mkdir(paths.output);
  await mkdir(join(paths.jobs, 'j1'), { recursive: true });
  const second = await uploadTo(
    store,
    ref,
    { labels: ['Fish'], filesPerLabel: 1, without: ['dataset.json'] },
    '10.0.0.8',
  );
  assert.deepEqual([second.labels, second.files, second.uploadedBy], [['Fish'], 1, '10.0.0.8']);
  assert.deepEqual(
    files(dir),
    [
      'p1',
      'p1/dataset',
      'p1/dataset/Fish',
      'p1/dataset/Fish/0.jpg',
      'p1/jobs',
      'p1/jobs/j1',
      'p1/output',
      'p1/project.json',
      'p1/upload.json',
      '.incoming',
      '.trash',
    ].sort(),
  );
  assert.deepEqual(await store.read(ref), second);
});

test('what conversions share is no project', async () => {
  const { store, dir } = await makeStore();
  await uploadTo(store, ref);
  await mkdir(sharedCache(dir));
  await writeFile(join(sharedCache(dir), 'project.json'), '{"id":"x","name":"x"}');
  assert.deepEqual(
    (await store.list('')).map((project) => project.ref.id),
    ['p1'],
  );
});

test('a refused upload leaves the old project as it was, and nothing beside it', async () => {
  const { store, dir } = await makeStore();
  await uploadTo(store, ref);
  const before = files(dir);
  const incoming = await store.saveIncoming(
    '',
    Readable.from([await makeProjectZip({ project: { projectType: 'NONE' } })]),
    'project.zip',
  );
  await assert.rejects(store.commitUpload(ref, incoming, 'x'), AppError);
  await incoming.discard();
  assert.deepEqual(files(dir), before);
});

test('the zip is gone before the photos are written to the disk: or it would be written as well', async (t) => {
  if (process.platform !== 'linux') return t.skip('the program `sync` is used on Linux alone');
  const { store, dir } = await makeStore();
  const programs = await tempDir();
  const seen = join(programs, 'seen');
  await writeFile(join(programs, 'sync'), `#!/bin/sh\nls -R "${dir}/.incoming" > "${seen}"\n`, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${programs}:${path}`;
  t.after(() => (process.env['PATH'] = path));
  await uploadTo(store, ref, { filesPerLabel: 40 });
  const names = readFileSync(seen, 'utf8');
  assert.match(names, /39\.jpg/);
  assert.doesNotMatch(names, /project\.zip/);
});

test('an id that is no name is refused before anything is written', async () => {
  const { store, dir } = await makeStore();
  for (const id of [
    '..',
    '.',
    '',
    'a/b',
    '/',
    'a\\b',
    'ก'.repeat(201),
    '🐈'.repeat(201),
    'a\0b',
    'a\nb',
    '\u007f',
    '\u0085',
    'a\ud83d',
  ]) {
    await assert.rejects(
      uploadTo(store, { workspace: '', id }),
      (error: unknown) => error instanceof AppError && error.code === 'project_id_invalid',
    );
  }
  assert.deepEqual(readdirSync(dir), ['.incoming']);
});

test('a snapshot has the photos and settings of its moment, by hard links', async () => {
  const { store } = await makeStore();
  await uploadTo(store, ref, { labels: ['Cat'], filesPerLabel: 2, trainConfig: { epochs: 5, batch_size: '8' } });
  const { trainConfig: config } = await store.snapshot(ref, 'j1', { epochs: '3' });
  assert.deepEqual(
    [config['epochs'], config['batch_size'], config['train_split'], config['modelType']],
    ['3', '8', 80, 'resnet18'],
  );
  const { input } = store.paths(ref).jobPaths('j1');
  assert.equal(
    statSync(join(input, 'dataset/Cat/0.jpg')).ino,
    statSync(join(store.paths(ref).dataset, 'Cat/0.jpg')).ino,
  );
  await uploadTo(store, ref, { labels: ['Dog'] });
  assert.deepEqual(files(input), [
    'dataset',
    'dataset.json',
    'dataset/Cat',
    'dataset/Cat/0.jpg',
    'dataset/Cat/1.jpg',
    'project.json',
  ]);
  const project = JSON.parse(readFileSync(join(input, 'project.json'), 'utf8')) as Record<string, unknown>;
  assert.deepEqual([project['trainConfig'], project['id']], [config, 'p1']);
});

test('a snapshot with a wrong setting or of no project is refused, and leaves nothing', async () => {
  const { store } = await makeStore();
  await uploadTo(store, ref);
  await assert.rejects(store.snapshot(ref, 'j2', { code: 5 }), /code is "5"/);
  assert.ok(!existsSync(store.paths(ref).jobPaths('j2').input));
  await assert.rejects(store.snapshot({ workspace: '', id: 'none' }, 'j1'), /no project "none"/);
});

test('an output is replaced as a whole', async () => {
  const { store } = await makeStore();
  await uploadTo(store, ref);
  const paths = store.paths(ref);
  for (const [name, file] of [
    ['a', 'old.bin'],
    ['b', 'new.bin'],
  ] as const) {
    const { output } = paths.jobPaths(name);
    await mkdir(output, { recursive: true });
    await writeFile(join(output, file), name);
    await store.commitOutput(ref, output);
  }
  assert.deepEqual(files(paths.output), ['new.bin']);
  await assert.rejects(store.commitOutput(ref, join(paths.root, '..', 'elsewhere')), /staged inside/);
});

test('links inside a project are not followed', async () => {
  const { store, dir } = await makeStore();
  await uploadTo(store, ref, { labels: ['Cat'], filesPerLabel: 1 });
  await symlink('/etc', join(store.paths(ref).dataset, 'etc'));
  await symlink('/etc/hostname', join(store.paths(ref).dataset, 'Cat', 'link.jpg'));
  await store.snapshot(ref, 'j1');
  assert.deepEqual(files(join(store.paths(ref).jobPaths('j1').input, 'dataset')), ['Cat', 'Cat/0.jpg']);
  await rm(store.paths(ref).dataset, { recursive: true });
  await symlink('/etc', store.paths(ref).dataset);
  await store.snapshot(ref, 'j2');
  assert.deepEqual(files(join(store.paths(ref).jobPaths('j2').input, 'dataset')), []);
  await mkdir(join(dir, 'p3'));
  await symlink(store.paths(ref).project, join(dir, 'p3', 'project.json'));
  await assert.rejects(store.read({ workspace: '', id: 'p3' }), /no project "p3"/);
  await symlink(store.paths(ref).root, join(dir, 'p2'));
  await assert.rejects(store.read({ workspace: '', id: 'p2' }), /no project "p2"/);
  assert.deepEqual(
    (await store.list('')).map(({ ref: { id } }) => id),
    ['p1'],
  );
});

test('a deleted project is gone; a folder put there by hand is a project', async () => {
  const { store, dir } = await makeStore();
  await uploadTo(store, ref);
  const text = readFileSync(store.paths(ref).project, 'utf8');
  await store.remove(ref);
  assert.ok(!existsSync(join(dir, 'p1')));
  await assert.rejects(store.read(ref), /no project "p1"/);
  await mkdir(join(dir, 'by-hand', 'dataset', 'Cat'), { recursive: true });
  await writeFile(join(dir, 'by-hand', 'project.json'), text);
  await writeFile(join(dir, 'by-hand', 'dataset', 'Cat', '1.jpg'), 'x');
  assert.equal((await store.read({ workspace: '', id: 'by-hand' })).files, 1);
});

test('twenty uploads of one project at once: one of them is there, whole', async () => {
  const { store } = await makeStore();
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => uploadTo(store, ref, { labels: [`L${n}`], filesPerLabel: 3 })),
  );
  const { labels } = await store.read(ref);
  assert.deepEqual(files(store.paths(ref).dataset), [
    labels[0],
    `${labels[0]}/0.jpg`,
    `${labels[0]}/1.jpg`,
    `${labels[0]}/2.jpg`,
  ]);
  await rm(store.paths(ref).root, { recursive: true });
});
