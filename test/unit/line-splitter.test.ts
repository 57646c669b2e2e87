import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutputLine } from '../../src/child/child.ts';
import { createLineSplitter } from '../../src/child/line-splitter.ts';

function split(chunks: readonly (string | Buffer)[], maxBytes = 100): OutputLine[] {
  const lines: OutputLine[] = [];
  const splitter = createLineSplitter(maxBytes, (batch) => lines.push(...batch));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk as string));
  splitter.end();
  return lines;
}
const texts = (chunks: readonly (string | Buffer)[]) =>
  split(chunks).map((line) => ('text' in line ? line.text : line));

describe('lines of a child', () => {
  it('are the same however the bytes arrive', () => {
    const bytes = Buffer.from('one\n\nสวัสดี {"a":1}\r\nlast');
    const expected = ['one', '', 'สวัสดี {"a":1}', 'last'];
    assert.deepEqual(texts([bytes]), expected);
    for (let cut = 1; cut < bytes.length; cut += 1)
      assert.deepEqual(texts([bytes.subarray(0, cut), bytes.subarray(cut)]), expected);
    assert.deepEqual(texts([...bytes].map((byte) => Buffer.of(byte))), expected);
  });

  it('that arrive together are passed on together', () => {
    const batches: number[] = [];
    createLineSplitter(100, (lines) => batches.push(lines.length)).push(Buffer.from('a\nb\nc\nd'));
    assert.deepEqual(batches, [3]);
  });

  it('over the limit leave their head and their length', () => {
    const long = split([Buffer.alloc(70, 'x'), Buffer.alloc(70, 'x'), 'x\nnext\n'], 100);
    assert.deepEqual(long, [{ head: 'x'.repeat(140), bytes: 141 }, { text: 'next' }]);
    const huge = split([Buffer.alloc(1000, 'y'), Buffer.alloc(1000, 'y'), '\n'], 100);
    assert.deepEqual(huge, [{ head: 'y'.repeat(200), bytes: 2000 }]);
  });
});
