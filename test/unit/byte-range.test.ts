import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseByteRange } from '../../src/http/byte-range.ts';

test('what a Range header asks of a file of 10 bytes', () => {
  const asked: readonly (readonly [string | undefined, ReturnType<typeof parseByteRange>])[] = [
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=3-', { start: 3, end: 9 }],
    ['bytes=3-3', { start: 3, end: 3 }],
    ['bytes=3-99', { start: 3, end: 9 }],
    ['bytes=-4', { start: 6, end: 9 }],
    ['bytes=-99', { start: 0, end: 9 }],
    ['Bytes= 2-5 ', { start: 2, end: 5 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=99-100', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    [`bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
    [undefined, undefined],
    ['', undefined],
    ['bytes=', undefined],
    ['bytes=-', undefined],
    ['bytes=5-3', undefined],
    ['bytes=a-b', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
    ['bytes=1.5-2', undefined],
    ['bytes=0x1-2', undefined],
  ];
  for (const [header, expected] of asked) assert.deepEqual(parseByteRange(header, 10), expected, header);
});

test('an empty file has no part', () => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1'])
    assert.equal(parseByteRange(header, 0), 'unsatisfiable', header);
});
