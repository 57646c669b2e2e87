import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepTail } from '../../src/child/tail.ts';

test('of what a process wrote the end is kept', () => {
  const tail = keepTail(5);
  assert.equal(tail.text, '');
  tail.add('ab');
  tail.add(Buffer.from('cd'));
  assert.equal(tail.text, 'abcd');
  tail.add('efg');
  assert.equal(tail.text, 'cdefg');
});
