import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { storedName } from '../../src/projects/stored-name.ts';
import { HOSTILE_ZIPS, GOOD_PROJECT } from '../helpers/hostile-zips.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { rawZip } from '../helpers/raw-zip.ts';
import { unpackedBy } from '../helpers/unpacked.ts';

const LIMITS = { maxFiles: 50, maxUnpackedBytes: 20_000_000 };

function refusedWith(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof AppError, `an AppError and not ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.ok(error.statusCode >= 400 && error.statusCode < 500);
    return true;
  };
}

for (const { what, zip, code } of HOSTILE_ZIPS) {
  test(`a zip with ${what} is refused`, async () => {
    await assert.rejects(unpackedBy(zip), refusedWith(code));
  });
}

test('limits of files and of bytes are named in the refusal', async () => {
  const zip = await makeProjectZip({ filesPerLabel: 10 });
  await assert.rejects(unpackedBy(zip, { ...LIMITS, maxFiles: 21 }), /more than 21 files/);
  const large = await makeProjectZip({ members: { 'dataset/Cat/large.jpg': randomBytes(3_000_000) } });
  await assert.rejects(unpackedBy(large, { ...LIMITS, maxUnpackedBytes: 2_000_000 }), /larger than 2 MB when unpacked/);
});

test('a zip that is large only by its ratio is refused, a small one is not: drawings on white shrink by a thousand', async () => {
  const much = { maxFiles: 50, maxUnpackedBytes: 1_000_000_000 };
  const white = { content: Buffer.alloc(36_000_054, 255), deflate: true };
  const silent = { content: Buffer.alloc(5_292_044), deflate: true };
  const { record } = await unpackedBy(
    rawZip([
      GOOD_PROJECT,
      { name: 'dataset/Cat/white.bmp', ...white },
      { name: 'dataset/Cat/black.bmp', ...silent },
      { name: 'dataset/Cat/a.wav', ...silent },
    ]),
    much,
  );
  assert.equal(record.files, 3);
  const claims = Array.from({ length: 9 }, (_, n) => ({
    name: `dataset/Cat/${n}.bmp`,
    content: silent.content.subarray(0, 1_000_000),
    deflate: true,
    size: 100_000_000 + n,
  }));
  await assert.rejects(unpackedBy(rawZip([GOOD_PROJECT, ...claims]), much), refusedWith('zip_ratio'));
  await assert.rejects(unpackedBy(rawZip([GOOD_PROJECT, ...claims]), much), /"dataset\/Cat\/8.bmp"/);
});

test('folders are counted too, as a name can ask for many', async () => {
  const deep = Array.from({ length: 10 }, (_, n) => ({ name: `dataset/${`${n}/`.repeat(20)}1.jpg` }));
  await assert.rejects(unpackedBy(rawZip([GOOD_PROJECT, ...deep])), refusedWith('too_many_files'));
});

test('names made to be compared with each other end in an answer: 20,000 projects, and as many folders called dataset', async () => {
  const limits = { maxFiles: 30_000, maxUnpackedBytes: 100_000_000 };
  for (const folder of ['p', 'dataset/dataset/dataset/p']) {
    const projects = Array.from({ length: 20_000 }, (_, n) => ({ name: `${folder}${n}/project.json` }));
    await assert.rejects(unpackedBy(rawZip(projects), limits), AppError);
  }
});

test('a project is unpacked, and what does not belong to one stays out', async () => {
  const nested = await makeProjectZip();
  const { record, names, dir } = await unpackedBy(
    await makeProjectZip({
      labels: ['แมว', 'หมา ตัวใหญ่'],
      filesPerLabel: 1,
      members: {
        'evil.py': 'x',
        '__MACOSX/a': 'x',
        'output/model.pth': 'x',
        'dataset/แมว/inner.zip': nested,
        'upload.json': '{}',
      },
    }),
  );
  assert.deepEqual(
    names,
    [
      'dataset',
      'dataset.json',
      'dataset/หมา ตัวใหญ่',
      'dataset/หมา ตัวใหญ่/0.jpg',
      'dataset/แมว',
      'dataset/แมว/0.jpg',
      'dataset/แมว/inner.zip',
      'project.json',
      'upload.json',
    ].sort(),
  );
  assert.equal(record.files, 3);
  assert.deepEqual(record.labels, ['หมา ตัวใหญ่', 'แมว']);
  assert.equal(record.address, '10.0.0.7');
  assert.deepEqual(await readFile(join(dir, 'out/dataset/แมว/inner.zip')), nested);
});

test('stored and deflated members, small and large, keep their bytes', async () => {
  const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, n) => (n * n) >> 3));
  const { dir } = await unpackedBy(
    rawZip([
      GOOD_PROJECT,
      { name: 'dataset/a/stored.jpg', content },
      { name: 'dataset/a/deflated.jpg', content, deflate: true },
      { name: 'dataset/a/small.jpg', content: content.subarray(0, 9), deflate: true },
      { name: 'dataset/a/empty.jpg' },
      { name: 'dataset/a/empty2.jpg', deflate: true },
    ]),
  );
  const read = (name: string) => readFile(join(dir, 'out/dataset/a', name));
  assert.deepEqual(await read('stored.jpg'), content);
  assert.deepEqual(await read('deflated.jpg'), content);
  assert.deepEqual(await read('small.jpg'), content.subarray(0, 9));
  assert.equal((await read('empty.jpg')).length + (await read('empty2.jpg')).length, 0);
});

test('names of 200 Thai letters or emoji work, and pairs of files keep a common stem', async () => {
  const long = 'กขคง'.repeat(50);
  const { names } = await unpackedBy(
    await makeProjectZip({
      filesPerLabel: 0,
      members: {
        [`dataset/JPEGImages/${long}.jpg`]: 'x',
        [`dataset/Annotations/${long}.xml`]: 'x',
        [`dataset/${'🐱'.repeat(200)}/1.png`]: 'x',
        [`dataset/${long}/1.jpg`]: 'y',
      },
    }),
  );
  const stems = names
    .filter((name) => /\.(jpg|xml)$/.test(name) && name.includes('~'))
    .map((name) => name.split('/').at(-1)?.slice(0, -4));
  assert.equal(stems.length, 3);
  assert.equal(stems[0], stems[1]);
  assert.ok(names.includes(`dataset/${storedName(long)}/1.jpg`));
  assert.ok(names.every((name) => name.split('/').every((part) => Buffer.byteLength(part) <= 255)));
});

test('a name in UTF-8 that does not say so is read as UTF-8, one in an old code page is not refused', async () => {
  const { names } = await unpackedBy(
    rawZip([
      GOOD_PROJECT,
      { name: 'dataset/แมว/1.jpg', content: 'x', flags: 0 },
      { name: Buffer.from('dataset/\x82t\x82/1.jpg', 'latin1'), content: 'x', flags: 0 },
    ]),
  );
  assert.ok(names.includes('dataset/แมว/1.jpg'));
  assert.ok(names.includes('dataset/été/1.jpg'));
});
