import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { describe, it } from 'node:test';
import { withoutLocation } from '../../src/projects/location/strip.ts';
import { crc32 } from '../../src/projects/zip/crc32.ts';

// Places that less usual programs write into a photo.

const SECRET = '13.7563';

function jpegWithXmp(packet: string): Buffer {
  const body = Buffer.from(`http://ns.adobe.com/xap/1.0/\0${packet}`, 'latin1');
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 4);
  return Buffer.concat([head, body, Buffer.from([0xff, 0xd9])]);
}

function pngWith(type: string, body: Buffer): Buffer {
  const chunk = (name: string, bytes: Buffer) => {
    const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(name), bytes, Buffer.alloc(4)]);
    whole.writeUInt32BE(bytes.length, 0);
    whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
    return whole;
  };
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk(type, body), chunk('IEND', Buffer.alloc(0))]);
}

describe('XMP', () => {
  for (const [what, packet] of [
    ['of a drone, in small letters', `<rdf:Description drone-dji:GpsLatitude="${SECRET}" tiff:Make="DJI"/>`],
    [
      'as elements, in small letters',
      `<drone-dji:GpsLatitude>${SECRET}</drone-dji:GpsLatitude><tiff:Make>DJI</tiff:Make>`,
    ],
    ['with a blank in the closing mark', `<exif:GPSLatitude>${SECRET}</exif:GPSLatitude ><tiff:Make>DJI</tiff:Make>`],
    ['with quotes of one stroke', `<rdf:Description exif:GPSLatitude = '${SECRET}' tiff:Make="DJI"/>`],
  ] as const)
    it(`${what}: the place goes, the camera stays`, () => {
      const before = jpegWithXmp(packet);
      const after = withoutLocation(before) ?? assert.fail('nothing was found');
      assert.ok(!after.includes(SECRET), after.toString('latin1'));
      assert.ok(after.includes('DJI') && after.length === before.length);
    });

  it('an element that is never closed is left as it is, and nothing behind it goes', () => {
    assert.equal(withoutLocation(jpegWithXmp(`<exif:GPSLatitude>${SECRET}<tiff:Make>DJI</tiff:Make>`)), undefined);
  });
});

describe('the texts of a PNG', () => {
  const packed = deflateSync(Buffer.from(SECRET));
  for (const [what, type, body] of [
    ['plain', 'tEXt', Buffer.from(`exif:GPSLatitude\0${SECRET}`)],
    ['packed', 'zTXt', Buffer.concat([Buffer.from('exif:GPSLatitude\0\0'), packed])],
    ['of any language', 'iTXt', Buffer.from(`exif:GPSLatitude\0\0\0\0\0${SECRET}`)],
  ] as const)
    it(`that ImageMagick makes of the EXIF lose the place: ${what}`, () => {
      const after = withoutLocation(pngWith(type, body)) ?? assert.fail('nothing was found');
      assert.ok(!after.includes(SECRET) && !after.includes(packed));
      assert.ok(after.includes('exif:GPSLatitude'), 'the chunk is there, with blanks');
      assert.equal(withoutLocation(after), undefined, 'there is nothing left to take out');
    });

  it('of other names stay', () => {
    assert.equal(withoutLocation(pngWith('tEXt', Buffer.from(`Comment\0${SECRET}`))), undefined);
  });
});

describe('EXIF', () => {
  /** A TIFF whose first folder leads by `tag` to a second one, which has the place. */
  const tiffWithPlaceBelow = (tag: number) => {
    const data = Buffer.alloc(64);
    data.write('II*\0', 'latin1');
    const entry = (at: number, id: number, value: number) => {
      data.writeUInt16LE(id, at);
      data.writeUInt16LE(4, at + 2);
      data.writeUInt32LE(1, at + 4);
      data.writeUInt32LE(value, at + 8);
    };
    data.writeUInt32LE(8, 4);
    data.writeUInt16LE(1, 8);
    entry(10, tag, 26);
    data.writeUInt16LE(1, 26);
    entry(28, 0x8825, 44);
    data.writeUInt16LE(1, 44);
    entry(46, 2, 0x12345678);
    return data;
  };
  const place = Buffer.from('78563412', 'hex');

  for (const [what, tag] of [
    ["the camera's settings", 0x8769],
    ['a smaller image', 0x14a],
  ] as const)
    it(`the place within ${what} goes too`, () => {
      const before = tiffWithPlaceBelow(tag);
      assert.ok(before.includes(place));
      const after = withoutLocation(before) ?? assert.fail('nothing was found');
      assert.ok(!after.includes(place));
      assert.equal(after.readUInt16LE(26), 0, 'and nothing leads to it');
    });
});
