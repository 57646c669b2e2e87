import assert from 'node:assert/strict';
import { it } from 'node:test';
import { someOf } from '../../src/cluster/some-of.ts';

it('of many the next ones are looked for each time, and all others in turns', () => {
  const all = [0, 1, 2, 3, 4, 5, 6];
  assert.deepEqual(someOf(all, 0, 2), [0, 1, 2, 3]);
  assert.deepEqual(someOf(all, 1, 2), [0, 1, 4, 5]);
  assert.deepEqual(someOf(all, 2, 2), [0, 1, 6]);
  assert.deepEqual(someOf(all, 3, 2), [0, 1, 2, 3]);
  assert.deepEqual([someOf([7], 5, 2), someOf([], 5, 2)], [[7], []]);
});
