import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCEPTED, mediaOfBytes } from '../../src/models/media-type.ts';

const bytes = (text: string) => Buffer.from(text.padEnd(12, '\0'), 'latin1');

describe('what a file is by its first bytes', () => {
  const images = {
    JPEG: '\xff\xd8\xff\xe0',
    PNG: '\x89PNG\r\n\x1a\n',
    WebP: 'RIFF\x01\x02\n\x04WEBP',
    GIF: 'GIF89a',
    BMP: 'BM6',
    TIFF: 'II*\0',
    'TIFF, big-endian': 'MM\0*',
    BigTIFF: 'II+\0',
    AVIF: '\0\0\0 ftypavif',
    'AVIF sequence': '\0\0\0 ftypavis',
    'AVIF as any picture': '\0\0\0 ftypmif1',
    PPM: 'P6\n8 8',
    'HEIC, for a refusal that helps': '\0\0\0 ftypheic',
  };
  const sounds = {
    WAV: 'RIFF\x01\x02\n\x04WAVE',
    RIFX: 'RIFX\x01\x02\x03\x04WAVE',
    RF64: 'RF64\xff\xff\xff\xffWAVE',
    W64: 'riff\x2e\x91\xcf\x11',
    FLAC: 'fLaC',
    OGG: 'OggS',
    'MP3 with a title': 'ID3\x04',
    MP3: '\xff\xfb\x90',
    'MP3, MPEG 2': '\xff\xf3\x90',
    AIFF: 'FORM\x01\x02\x03\x04AIFF',
    AIFC: 'FORM\x01\x02\x03\x04AIFC',
    CAF: 'caff',
    AU: '.snd',
  };
  const neither = {
    nothing: '',
    text: 'hello',
    SVG: '<svg xmlns',
    PDF: '%PDF-1.7',
    ZIP: 'PK\x03\x04',
    AVI: 'RIFF\x01\x02\x03\x04AVI ',
    M4A: '\0\0\0 ftypM4A ',
    WebM: '\x1a\x45\xdf\xa3',
  };
  for (const [wanted, files] of [
    ['image', images],
    ['audio', sounds],
    [undefined, neither],
  ] as const)
    for (const [name, start] of Object.entries(files))
      it(`${name}: ${wanted ?? 'neither'}`, () => assert.equal(mediaOfBytes(bytes(start)), wanted));

  it('the refusal lists every format', () => {
    assert.match(ACCEPTED.image, /JPEG.*TIFF, AVIF/);
    assert.match(ACCEPTED.audio, /WAV, FLAC.*MP3/);
  });
});
