import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEDIA_TYPES, mediaTypeOf, UNKNOWN_TYPE } from '../../src/samples/media-type.ts';

const typeOf = (text: string) => mediaTypeOf(Buffer.from(text, 'latin1'));

test('what a browser may show is known by its first bytes', () => {
  const shown = {
    '\xff\xd8\xff\xe0': 'image/jpeg',
    '\x89PNG\r\n\x1a\n': 'image/png',
    'RIFF\x01\x02\n\x04WEBP': 'image/webp',
    GIF89a: 'image/gif',
    BM6: 'image/bmp',
    '\0\0\0 ftypavif': 'image/avif',
    'RIFF\x01\x02\n\x04WAVE': 'audio/wav',
    OggS: 'audio/ogg',
    fLaC: 'audio/flac',
    'ID3\x04': 'audio/mpeg',
    '\xff\xfb\x90': 'audio/mpeg',
  };
  for (const [head, type] of Object.entries(shown)) assert.equal(typeOf(head), type, type);
  assert.deepEqual(new Set([...Object.values(shown), UNKNOWN_TYPE]), new Set(MEDIA_TYPES));
});

test('what only begins like a photo or a sound, and every page, is unknown', () => {
  for (const head of [
    '',
    '<!doctype html>',
    '<svg xmlns=',
    'body{}',
    ' GIF89a',
    'RIFF\x01\x02\n\x04AVI ',
    'PNG',
    'GIF8',
    '%PDF-1.7',
    '\xff\xfe<\0h\0t\0m\0l\0',
  ])
    assert.equal(typeOf(head), UNKNOWN_TYPE, JSON.stringify(head));
});
