import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCEPTED, FORMATS, KINDS, kindOfBytes, SHOWN_TYPES, UNKNOWN_TYPE } from '../../src/media-type.ts';

const kindOf = (begin: string) => kindOfBytes(Buffer.from(begin, 'latin1'));

/** How files of each format begin, and as what a browser shows them. */
const FILES: Readonly<Record<string, readonly (readonly [begin: string, shown?: string])[]>> = {
  JPEG: [['\xff\xd8\xff\xe0', 'image/jpeg']],
  PNG: [['\x89PNG\r\n\x1a\n', 'image/png']],
  WEBP: [['RIFF\x01\x02\n\x04WEBP', 'image/webp']],
  GIF: [
    ['GIF89a', 'image/gif'],
    ['GIF87a', 'image/gif'],
  ],
  BMP: [['BM6', 'image/bmp']],
  TIFF: [['II*\0'], ['MM\0*'], ['II+\0'], ['MM\0+']],
  AVIF: [
    ['\0\0\0 ftypavif', 'image/avif'],
    ['\0\0\0 ftypavis', 'image/avif'],
    ['\0\0\0 ftypmif1'],
    ['\0\0\0\x18ftypmsf1'],
  ],
  HEIC: [['\0\0\0 ftypheic'], ['\0\0\0\x18ftyphevx']],
  PPM: [['P6\n8 8'], ['P3 8 8'], ['Pf\n8 8']],
  WAV: [
    ['RIFF\x01\x02\n\x04WAVE', 'audio/wav'],
    ['RIFX\x01\x02\x03\x04WAVE'],
    ['RF64\xff\xff\xff\xffWAVE'],
    ['riff\x2e\x91\xcf\x11'],
  ],
  FLAC: [['fLaC', 'audio/flac']],
  OGG: [['OggS', 'audio/ogg']],
  MP3: [
    ['ID3\x04', 'audio/mpeg'],
    ['\xff\xfb\x90', 'audio/mpeg'],
    ['\xff\xfa\x90', 'audio/mpeg'],
    ['\xff\xf3\x90', 'audio/mpeg'],
    ['\xff\xe3\x90', 'audio/mpeg'],
    ['\xff\xfd\x90', 'audio/mpeg'],
  ],
  AIFF: [['FORM\x01\x02\x03\x04AIFF'], ['FORM\x01\x02\x03\x04AIFC']],
  CAF: [['caff']],
  AU: [['.snd'], ['dns.']],
};

const NEITHER: Readonly<Record<string, string>> = {
  nothing: '',
  text: 'hello',
  'a page': '<!doctype html>',
  'a page in UTF-16': '\xff\xfe<\0h\0t\0m\0l\0',
  'a text in UTF-16, big-endian': '\xfe\xff\0h\0i',
  'bits that are all set': '\xff\xff\xff\xff',
  AAC: '\xff\xf1\x50\x80',
  'AAC, MPEG 2': '\xff\xf9\x50\x80',
  SVG: '<svg xmlns',
  PDF: '%PDF-1.7',
  ZIP: 'PK\x03\x04',
  AVI: 'RIFF\x01\x02\x03\x04AVI ',
  'an 8SVX': 'FORM\x01\x02\x03\x048SVX',
  M4A: '\0\0\0 ftypM4A ',
  WebM: '\x1a\x45\xdf\xa3',
  'a GIF after a blank': ' GIF89a',
  'half a GIF': 'GIF8',
  'half a PNG': 'PNG',
  'half a JPEG': '\xff\xd8',
  'half a WAV': 'RIFF\x01\x02\n\x04WAV',
  'a word': 'P6x',
};

describe('what a file is by its first bytes', () => {
  for (const [format, files] of Object.entries(FILES))
    for (const [begin, shown] of files)
      it(`${format}: ${JSON.stringify(begin)}`, () => {
        const kind = kindOf(begin.padEnd(12, '\0'));
        const media = FORMATS.audio.includes(format) ? 'audio' : 'image';
        assert.deepEqual([kind?.format, kind?.media, kind?.shown], [format, media, shown]);
      });
  for (const [name, begin] of Object.entries(NEITHER))
    it(`${name}: neither`, () => assert.equal(kindOf(begin), undefined));

  it('is said of every format that a training reads, and of HEIC, for a refusal that helps', () => {
    const known = (media: string) => [...new Set(KINDS.flatMap((kind) => (kind.media === media ? kind.format : [])))];
    assert.deepEqual(known('audio'), FORMATS.audio);
    assert.deepEqual(
      known('image').filter((format) => format !== 'HEIC'),
      FORMATS.image,
    );
    assert.deepEqual(new Set(Object.keys(FILES)), new Set([...known('image'), ...known('audio')]));
    assert.deepEqual(
      new Set(SHOWN_TYPES),
      new Set([...Object.values(FILES).flatMap((files) => files.flatMap(([, shown]) => shown ?? [])), UNKNOWN_TYPE]),
    );
  });

  it('the refusal lists every format', () => {
    assert.match(ACCEPTED.image, /JPEG.*TIFF, AVIF/);
    assert.match(ACCEPTED.audio, /WAV, FLAC.*MP3/);
  });
});
