import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { diskPaths } from '../../src/projects/disk-names.ts';
import { distinctName, storedName } from '../../src/projects/stored-name.ts';
import { rawZip } from '../helpers/raw-zip.ts';
import { projectJson, unpackedBy } from '../helpers/unpacked.ts';

async function stored(...paths: string[]): Promise<string[]> {
  const divided = paths.map((path) => path.split('/'));
  const onDisk = await diskPaths(divided);
  return divided.map((path) => onDisk(path).join('/'));
}

test("names that get in no other's way stay, the same in case in another folder too", async () => {
  const paths = [
    'dataset/cat/IMG.jpg',
    'dataset/dog/img.jpg',
    'dataset/cat/1.jpg',
    'dataset/dog/1.JPG',
    'dataset/แมว/1.png',
  ];
  assert.deepEqual(await stored(...paths), paths);
});

test('of labels that differ in case or Unicode form alone, the first stays', async () => {
  assert.deepEqual(await stored('dataset/a/1.jpg', 'dataset/A/1.jpg'), [
    `dataset/${distinctName('a')}/1.jpg`,
    'dataset/A/1.jpg',
  ]);
  assert.deepEqual(await stored('dataset/\u00e9/1.jpg', 'dataset/e\u0301/1.jpg'), [
    `dataset/${distinctName('\u00e9')}/1.jpg`,
    'dataset/e\u0301/1.jpg',
  ]);
  assert.deepEqual(await stored('dataset/cat/1.jpg', 'dataset/cat /1.jpg'), [
    'dataset/cat/1.jpg',
    `dataset/${storedName('cat ')}/1.jpg`,
  ]);
});

test('letters that some systems take for one count as one: final sigma, long s, dotless i, micro, ligatures', async () => {
  for (const [one, other] of [
    ['σα', 'ςα'],
    ['s', 'ſ'],
    ['i', 'ı'],
    ['µ', 'μ'],
    ['fi', 'ﬁ'],
    ['ß', 'ss'],
  ] as const) {
    const names = await stored(`dataset/${one}/1.jpg`, `dataset/${other}/1.jpg`);
    assert.equal(names.filter((name) => name.includes('~')).length, 1, `${one} ${other}`);
  }
});

test('the order of the zip does not matter', async () => {
  const paths = [
    'dataset/a/IMG.jpg',
    'dataset/A/img.jpg',
    'dataset/A/IMG.jpg',
    'dataset/a/Img.JPG',
    'dataset/a/Img.jpg',
  ];
  assert.deepEqual((await stored(...[...paths].reverse())).reverse(), await stored(...paths));
});

test('a photo keeps one stem with its annotation and pictures, also where only one of them collides', async () => {
  const [photo, other, boxes] = await stored(
    'dataset/JPEGImages/img.jpg',
    'dataset/JPEGImages/IMG.jpg',
    'dataset/Annotations/img.xml',
  );
  assert.equal(other, 'dataset/JPEGImages/IMG.jpg');
  assert.equal(photo, `dataset/JPEGImages/${distinctName('img.jpg')}`);
  assert.equal(boxes, `dataset/Annotations/${distinctName('img.xml')}`);
  const [, , sound, picture] = await stored(
    'dataset/mfcc/x/A.png',
    'dataset/mfcc/x/a.png',
    'dataset/sound/x/a.wav',
    'dataset/waveform/x/a.png',
  );
  assert.equal(sound, `dataset/sound/x/${distinctName('a.wav')}`);
  assert.equal(picture, `dataset/waveform/x/${distinctName('a.png')}`);
});

test("the data set's own folders and lists keep their names, whatever photos and labels are called", async () => {
  const [list, photo, other] = await stored(
    'dataset/ImageSets/Main/train.txt',
    'dataset/JPEGImages/Train.jpg',
    'dataset/JPEGImages/train.jpg',
  );
  assert.deepEqual([list, other], ['dataset/ImageSets/Main/train.txt', 'dataset/JPEGImages/train.jpg']);
  assert.equal(photo, `dataset/JPEGImages/${distinctName('Train.jpg')}`);
  assert.deepEqual(await stored('dataset/Null/1.jpg', 'dataset/null/1.jpg'), [
    `dataset/${distinctName('Null')}/1.jpg`,
    'dataset/null/1.jpg',
  ]);
  assert.equal((await stored('dataset/Sound/1/a.wav', 'dataset/sound/1/a.wav'))[1], 'dataset/sound/1/a.wav');
});

test('names that differ in the case of their extension are two files, however many there are', async () => {
  const paths = ['1.jpg', '1.JPG', '1.Jpg', '1.png'].map((name) => `dataset/cat/${name}`);
  const names = await stored(...paths);
  assert.deepEqual([names[1], names[3]], ['dataset/cat/1.JPG', 'dataset/cat/1.png']);
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 4);
  const labels = await stored(...['v.A', 'v.a', 'V.a', 'V.A'].map((label) => `dataset/${label}/1.jpg`));
  assert.equal(new Set(labels.map((name) => name.toLowerCase())).size, 4);
});

test('each label keeps its own photos, and those of one name theirs, when a zip is unpacked', async () => {
  const labels = [
    'A',
    'a',
    'cat',
    'cat ',
    'CON',
    'what?',
    'a\\b',
    'line\nbreak',
    'on/',
    'on',
    '/x',
    '.',
    '1/2/3/4/5/6/7/8/9/10',
    '..x',
    'a:b',
    '"q"',
    'x'.repeat(200),
    'ก'.repeat(200),
    '🐱',
  ];
  const members = labels.flatMap((label, index) =>
    [1, 2].map((n) => ({ name: `dataset/${label}/${index}-${n}.jpg`, content: `${index}` })),
  );
  const { names, dir, record } = await unpackedBy(
    rawZip([projectJson(labels.filter((label) => !label.includes('\n'))), ...members]),
  );
  assert.equal(record.files, 2 * labels.length);
  const files = names.filter((name) => name.endsWith('.jpg'));
  assert.equal(new Set(files.map((name) => name.toLowerCase())).size, 2 * labels.length);
  for (const name of files) {
    const [index = ''] = name.split('/').at(-1)?.split('-') ?? [];
    assert.equal(await readFile(join(dir, 'out', name), 'utf8'), index);
    assert.ok(
      name.split('/').every((part) => part === storedName(part)),
      name,
    );
  }
  const folders = new Set(files.map((name) => name.slice(0, name.lastIndexOf('/'))));
  assert.equal(folders.size, labels.length - 1); // `on/` and `on` are one folder to every unpacker
});

test('a photo in a label of very many slashes is refused by name', async () => {
  await assert.rejects(
    unpackedBy(rawZip([projectJson(['a', 'b']), { name: `dataset/${'1/'.repeat(60)}x.jpg`, content: 'x' }])),
    /"dataset\/1\/1.*too many folders/,
  );
});
