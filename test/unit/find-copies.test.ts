import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, it } from 'node:test';
import { findCopies } from '../../src/projects/find-copies.ts';
import { withoutLocation } from '../../src/projects/location/strip.ts';
import { crc32 } from '../../src/projects/zip/crc32.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';

const REF = { workspace: '', id: 'p' };

/** A JPEG of a description alone, of a photo that was taken somewhere. */
function jpeg(camera: string): Buffer {
  const text = `<rdf:Description exif:GPSLatitude="13,45.1234N" tiff:Make="${camera}"/>`;
  const body = Buffer.from(`http://ns.adobe.com/xap/1.0/\0${text}`, 'latin1');
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 4);
  return Buffer.concat([head, body, Buffer.from([0xff, 0xd9])]);
}

/** A PNG with the place in a packed text: without it it has another size. */
function png(): Buffer {
  const body = Buffer.concat([
    Buffer.from('exif:GPSLatitude\0\0'),
    deflateSync(Buffer.from('13,45.1234N 100,30.5678E')),
  ]);
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('zTXt'), body, Buffer.alloc(4)]);
  chunk.writeUInt32BE(body.length, 0);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk]);
}

/** A project with these photos, and an earlier training that has these copies. */
async function projectWith(photos: Readonly<Record<string, Buffer>>, copies: Readonly<Record<string, Buffer>>) {
  const { store } = await makeStore();
  await uploadTo(store, REF, { labels: ['Cat', 'Dog'], filesPerLabel: 0, members: photos });
  const paths = store.paths(REF);
  for (const [name, bytes] of Object.entries(copies)) {
    const path = join(paths.jobPaths('j1').input, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  return async (file: string) =>
    (await findCopies(paths, file))?.map((copy) => [copy.root, copy.file].join(' ').trim()).sort();
}

describe('the copies of a photo', () => {
  it('are those with the place too, which a training of before an update has, under whatever label', async () => {
    const [photo, other] = [jpeg('Canon'), jpeg('Nikon')];
    const copies = { 'dataset/Dog/moved.jpg': photo, 'dataset/Cat/1.jpg': photo, 'dataset/Cat/2.jpg': other };
    const copiesOf = await projectWith({ 'dataset/Cat/1.jpg': photo, 'dataset/Cat/2.jpg': other }, copies);
    assert.ok(withoutLocation(photo) !== undefined && photo.length === other.length, 'as this test needs it');
    assert.deepEqual(await copiesOf('dataset/Cat/1.jpg'), [
      'dataset/Cat/1.jpg',
      'jobs/j1/input dataset/Cat/1.jpg',
      'jobs/j1/input dataset/Dog/moved.jpg',
    ]);
  });

  it('are found by their name where they have another size without the place', async () => {
    const photo = png();
    assert.notEqual(withoutLocation(photo)?.length, photo.length, 'as this test needs it');
    const copiesOf = await projectWith({ 'dataset/Cat/1.png': photo }, { 'dataset/Cat/1.png': photo });
    assert.deepEqual(await copiesOf('dataset/Cat/1.png'), ['dataset/Cat/1.png', 'jobs/j1/input dataset/Cat/1.png']);
  });

  it('are no other photos of the same size or name, of kinds that have no place either', async () => {
    const photos = { 'dataset/Cat/1.bmp': Buffer.from('BM one'), 'dataset/Cat/2.bmp': Buffer.from('BM two') };
    const copiesOf = await projectWith(photos, { 'dataset/Cat/1.bmp': Buffer.from('BM six') });
    assert.deepEqual(await copiesOf('dataset/Cat/1.bmp'), ['dataset/Cat/1.bmp']);
    assert.equal(await copiesOf('dataset/Cat/3.bmp'), undefined);
  });
});
