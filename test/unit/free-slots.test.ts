import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFreeSlots } from '../../src/jobs/domain/free-slots.ts';

const slot = (index: number) => ({ index, device: 'cpu', threads: 1 });
const [FIRST, SECOND, BESIDE, REMOTE] = [slot(0), slot(1), slot(2), slot(1_001)];

describe('free slots', () => {
  it('are taken in their order, those beside the others by short jobs alone', () => {
    const free = createFreeSlots([FIRST, SECOND], [BESIDE]);
    assert.deepEqual([free.take(false), free.take(false), free.take(false)], [FIRST, SECOND, undefined]);
    assert.deepEqual([free.has(false), free.has(true), free.take(true)], [false, true, BESIDE]);
    free.give(SECOND);
    free.give(FIRST);
    assert.equal(free.take(false), FIRST);
  });

  it('come and go', () => {
    const free = createFreeSlots([], []);
    free.give(REMOTE);
    assert.equal(free.has(false), true);
    free.drop(REMOTE);
    assert.equal(free.has(false), false);
  });

  it('do not come back where they are gone while a job has them', () => {
    const free = createFreeSlots([], []);
    free.give(REMOTE);
    const taken = free.take(false);
    assert.equal(taken, REMOTE);
    free.drop(REMOTE);
    free.give(REMOTE);
    assert.equal(free.has(false), false);
  });
});
