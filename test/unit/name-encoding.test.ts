import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from '../../src/projects/zip/crc32.ts';
import { rawZip, type RawMember } from '../helpers/raw-zip.ts';
import { filesOf, projectJson, unpackedBy } from '../helpers/unpacked.ts';

/** Node.js only decodes code pages: turn the table around. */
function thai(text: string): Buffer {
  const decoder = new TextDecoder('windows-874');
  const bytes = Array.from({ length: 256 }, (_, byte) => decoder.decode(Uint8Array.of(byte)));
  return Buffer.from([...text].map((character) => bytes.indexOf(character)));
}

const latin = (text: string) => Buffer.from(text, 'latin1');
const member = (name: Buffer | string, flags = 0): RawMember => ({ name, content: 'x', flags });
const filesFor = async (labels: readonly string[], ...members: RawMember[]) =>
  filesOf(await unpackedBy(rawZip([projectJson(labels), ...members])));

describe('names in a zip that does not say how they are written', () => {
  it('are in the Thai code page where the labels say so, file names too', async () => {
    const files = await filesFor(
      ['แมว', 'หมา'],
      member(thai('dataset/แมว/รูป 1.jpg')),
      member(thai('dataset/หมา/รถ.jpg')),
      member(thai('dataset/sound/แมว/1.wav')),
    );
    assert.deepEqual(files, ['sound/แมว/1.wav', 'หมา/รถ.jpg', 'แมว/รูป 1.jpg']);
  });

  it('are in the Thai code page, tone marks and all, even where two of its letters are one of UTF-8 by chance', async () => {
    assert.equal(thai('รถ').toString('utf8'), 'ö');
    assert.deepEqual(
      await filesFor(
        ['รถ', 'น้ำ', 'bus'],
        member(thai('dataset/รถ/1.jpg')),
        member(thai('dataset/น้ำ/1.jpg')),
        member('dataset/bus/1.jpg'),
      ),
      ['bus/1.jpg', 'น้ำ/1.jpg', 'รถ/1.jpg'],
    );
    assert.deepEqual(
      await filesFor(['รถ', 'bus'], member(thai('dataset/รถ/1.jpg')), member(thai('dataset/bus/รถ.jpg'))),
      ['bus/รถ.jpg', 'รถ/1.jpg'],
    );
    assert.deepEqual(await filesFor(['ö', 'bus'], member('dataset/ö/1.jpg')), ['ö/1.jpg']);
  });

  it('are in code page 437, in Windows-1252, in Shift JIS where the labels say so', async () => {
    assert.deepEqual(
      await filesFor(
        ['Löwe', 'été'],
        member(latin('dataset/L\x94we/1.jpg')),
        member(latin('dataset/\x82t\x82/\x84.jpg')),
      ),
      ['Löwe/1.jpg', 'été/ä.jpg'],
    );
    assert.deepEqual(await filesFor(['Löwe', 'Bär'], member(latin('dataset/L\xf6we/1.jpg'))), ['Löwe/1.jpg']);
    assert.deepEqual(
      await filesFor(
        ['ねこ', '表'],
        member(latin('dataset/\x82\xcb\x82\xb1/1.jpg')),
        member(latin('dataset/\x95\x5c/1.jpg')),
      ),
      ['ねこ/1.jpg', '表/1.jpg'],
    );
    assert.deepEqual(await filesFor(['España', 'x'], member(latin('dataset/Espa\xa4a/1.jpg'))), ['España/1.jpg']);
  });

  it('are Thai where no label says anything and all their letters can be, else in code page 437', async () => {
    assert.deepEqual(
      await filesFor(['cat', 'dog'], member(thai('dataset/cat/รูป.jpg')), member(thai('dataset/ปลา/1.jpg'))),
      ['cat/รูป.jpg', 'ปลา/1.jpg'],
    );
    assert.deepEqual(
      await filesFor(['cat', 'dog'], member(latin('dataset/cat/\x82t\x82.jpg')), member(latin('dataset/\x81/1.jpg'))),
      ['cat/été.jpg', 'ü/1.jpg'],
    );
  });

  it('are UTF-8 where they are, in a zip with others', async () => {
    const files = await filesFor(
      ['แมว', 'หมา', 'ม้า'],
      member('dataset/แมว/1.jpg'),
      member(thai('dataset/หมา/1.jpg')),
      member('dataset/ม้า/1.jpg', 0x800),
      member('dataset/หมา/รูป.jpg'),
    );
    assert.deepEqual(files, ['ม้า/1.jpg', 'หมา/1.jpg', 'หมา/รูป.jpg', 'แมว/1.jpg']);
    assert.deepEqual(await filesFor(['หมา', 'bus'], member(thai('dataset/หมา/1.jpg')), member('dataset/bus/รูป.jpg')), [
      'bus/รูป.jpg',
      'หมา/1.jpg',
    ]);
  });

  it('have another beside them in UTF-8, in the field of Info-ZIP', async () => {
    const raw = latin('dataset/?/1.jpg');
    const text = Buffer.from('dataset/x/é.jpg');
    const extra = (crc: number) => {
      const head = Buffer.alloc(9);
      head.writeUInt16LE(0x7075, 0);
      head.writeUInt16LE(5 + text.length, 2);
      head.writeUInt8(1, 4);
      head.writeUInt32LE(crc, 5);
      return Buffer.concat([head, text]);
    };
    const other = member(thai('dataset/แมว/1.jpg'));
    assert.deepEqual(await filesFor(['แมว', 'x'], other, { ...member(raw), extra: extra(crc32(raw)) }), [
      'x/é.jpg',
      'แมว/1.jpg',
    ]);
    assert.match(
      (await filesFor(['แมว', 'x'], { ...member(raw), extra: extra(1) })).join(),
      /^_~[0-9a-f]{16}\/1\.jpg$/,
    );
  });

  it('never break the upload, whatever their bytes are', async () => {
    const all = Array.from({ length: 192 }, (_, byte) => byte + 64).filter((byte) => byte !== 0x5c);
    for (const labels of [
      ['แมว', 'หมา'],
      ['a', 'b'],
    ]) {
      for (let from = 0; from < all.length; from += 40) {
        const files = await filesFor(
          labels,
          ...all
            .slice(from, from + 40)
            .map((byte) => member(Buffer.concat([latin('dataset/a/'), Buffer.of(byte, byte), latin(`-${byte}.jpg`)]))),
        );
        assert.equal(files.length, Math.min(40, all.length - from));
      }
    }
  });
});

describe('backslashes in names', () => {
  it('are between folders where there is nothing else', async () => {
    assert.deepEqual(
      await filesFor(
        ['cat', 'แมว'],
        { name: 'dataset\\' },
        member('dataset\\cat\\1.jpg'),
        member(thai('dataset\\แมว\\1.jpg')),
      ),
      ['cat/1.jpg', 'แมว/1.jpg'],
    );
    const around = rawZip([
      { ...projectJson(['cat', 'dog']), name: 'my project\\project.json' },
      member('my project\\dataset\\cat\\1.jpg'),
    ]);
    assert.deepEqual(filesOf(await unpackedBy(around)), ['cat/1.jpg']);
  });

  it('are between folders beside slashes, unless a label holds them', async () => {
    assert.deepEqual(await filesFor(['cat', 'dog'], member('dataset/cat\\1.jpg')), ['cat/1.jpg']);
    const [file = ''] = await filesFor(['a\\b', 'a'], member('dataset/a\\b/1.jpg'));
    assert.match(file, /^a_b~[0-9a-f]{16}\/1\.jpg$/);
    assert.deepEqual(await filesFor(['a\\b', 'a/b'], member('dataset/a\\b/1.jpg')), [file]);
    assert.deepEqual(await filesFor(['a', 'b'], member('dataset/JPEGImages\\1.jpg')), ['JPEGImages/1.jpg']);
    assert.match(
      (await filesFor(['a', 'b'], member('dataset/JPEGImages\\..\\..\\x.jpg'))).join(),
      /^JPEGImages_\.\._\.\._x~[0-9a-f]{16}\.jpg$/,
    );
    const [other = ''] = await filesFor(['a', 'b'], member('dataset/a/..\\..\\..\\x.jpg'));
    assert.match(other, /^a\/_._\.\._\.\._x~[0-9a-f]{16}\.jpg$/);
  });
});
