import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawZip, type RawMember } from '../helpers/raw-zip.ts';
import { filesOf, projectJson, unpackedBy } from '../helpers/unpacked.ts';

const PROJECT = projectJson(['cat', 'dog']);
const photo = (name: string): RawMember => ({ name, content: 'x' });
const within = (folder: string) => [
  { ...PROJECT, name: `${folder}project.json` },
  photo(`${folder}dataset.json`),
  photo(`${folder}dataset/cat/1.jpg`),
];
const systemFiles = [
  '__MACOSX/',
  '__MACOSX/._my project',
  '__MACOSX/my project/._project.json',
  '__MACOSX/project.json',
  '.DS_Store',
  'Thumbs.db',
  'desktop.ini',
  '._project.json',
]
  .map(photo)
  .map((member) => (String(member.name).endsWith('/') ? { name: member.name } : member));

test('a folder around everything is taken off, however deep, in whatever script', async () => {
  for (const folder of ['my project/', 'a/b/c/d/', './', './my project/', 'dataset/', 'โปรเจค/', 'project.json/']) {
    const unpacked = await unpackedBy(rawZip([{ name: folder }, ...within(folder), ...systemFiles]));
    assert.deepEqual(filesOf(unpacked), ['cat/1.jpg'], folder);
    assert.deepEqual(
      unpacked.names.filter((name) => !name.includes('/')),
      ['dataset', 'dataset.json', 'project.json', 'upload.json'],
    );
    assert.equal(unpacked.record.files, 1);
  }
});

test('what lies beside the folder, or in it beside the project, stays out', async () => {
  const unpacked = await unpackedBy(
    rawZip([
      ...within('p/'),
      photo('p/notes.txt'),
      photo('read me.txt'),
      photo('p/model/x.bin'),
      photo('other/dataset/cat/2.jpg'),
    ]),
  );
  assert.deepEqual(unpacked.names, [
    'dataset',
    'dataset.json',
    'dataset/cat',
    'dataset/cat/1.jpg',
    'project.json',
    'upload.json',
  ]);
});

test('files of systems stay out of the data set, and a label may have the name of one', async () => {
  const inside = ['.DS_Store', '._1.jpg', 'Thumbs.db', 'Desktop.ini'].map((name) => photo(`dataset/cat/${name}`));
  const unpacked = await unpackedBy(
    rawZip([projectJson(['cat', '._x']), photo('dataset/cat/1.jpg'), photo('dataset/._x/1.jpg'), ...inside]),
  );
  assert.deepEqual(filesOf(unpacked), ['._x/1.jpg', 'cat/1.jpg']);
  assert.equal(unpacked.record.files, 2);
});

test('a project at the top is the one, and so is one with a copy of another in it', async () => {
  assert.deepEqual(filesOf(await unpackedBy(rawZip([...within(''), ...within('old/')]))), ['cat/1.jpg']);
  assert.deepEqual(
    filesOf(await unpackedBy(rawZip([...within('new/backup/'), ...within('new/'), photo('new/dataset/dog/2.jpg')]))),
    ['cat/1.jpg', 'dog/2.jpg'],
  );
});

test('of two projects side by side neither is taken: their folders are named', async () => {
  await assert.rejects(
    unpackedBy(rawZip([...within('my project/'), ...within('หมา/')])),
    /"my project", "หมา": take one of these folders, zip what is in it/,
  );
});
