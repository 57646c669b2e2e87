import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFreeSlots } from '../../src/jobs/domain/free-slots.ts';

const slot = (index: number) => ({ index, device: 'cpu', threads: 1 });
const [FIRST, SECOND, BESIDE, REMOTE] = [slot(0), slot(1), slot(2), slot(1_001)];

describe('free slots', () => {
  it('are taken in their order, those beside the others by short jobs alone', () => {
    const free = createFreeSlots([FIRST, SECOND], [BESIDE]);
    assert.equal(free.slots, 2);
    assert.deepEqual([free.take('slot'), free.take('slot'), free.take('slot')], [FIRST, SECOND, undefined]);
    assert.deepEqual([free.has('slot'), free.has('beside'), free.take('beside')], [false, true, BESIDE]);
    assert.equal(free.slots, 0);
    free.give(SECOND);
    free.give(FIRST);
    assert.equal(free.take('slot'), FIRST);
  });

  it('come and go', () => {
    const free = createFreeSlots([], []);
    free.give(REMOTE);
    assert.equal(free.has('slot'), true);
    free.drop(REMOTE);
    assert.equal(free.has('slot'), false);
  });

  it('do not come back where they are gone while a job has them', () => {
    const free = createFreeSlots([], []);
    free.give(REMOTE);
    const taken = free.take('slot');
    assert.equal(taken, REMOTE);
    free.drop(REMOTE);
    free.give(REMOTE);
    assert.equal(free.has('slot'), false);
  });

  it('are shared thread by thread, and whole again when the last one comes back', () => {
    const whole = { index: 0, device: 'cpu', threads: 2 };
    const free = createFreeSlots([whole], []);
    const [one, other] = [free.take('thread'), free.take('thread')];
    assert.deepEqual(
      [one, other, free.take('thread')],
      [{ ...whole, threads: 1 }, { ...whole, threads: 1 }, undefined],
    );
    assert.deepEqual([free.has('slot'), free.has('thread'), free.hasFreeThread], [false, false, false]);
    free.give(one ?? whole);
    assert.deepEqual([free.has('slot'), free.has('thread'), free.hasFreeThread], [false, true, true]);
    free.give(other ?? whole);
    assert.deepEqual([free.hasFreeThread, free.take('slot')], [false, whole]);
  });

  it('stay whole as long as a thread of another one is free', () => {
    const free = createFreeSlots(
      [0, 1].map((index) => ({ index, device: 'cpu', threads: 2 })),
      [],
    );
    assert.deepEqual([free.take('thread')?.index, free.take('thread')?.index, free.has('slot')], [0, 0, true]);
    assert.deepEqual([free.take('thread')?.index, free.has('slot'), free.hasFreeThread], [1, false, true]);
  });

  it('are shared by four, by nobody on a GPU or with one thread, and not once they are gone', () => {
    const many = { index: 0, device: 'auto', threads: 16 };
    const free = createFreeSlots([many], []);
    assert.deepEqual(
      Array.from({ length: 5 }, () => free.take('thread')?.threads),
      [1, 1, 1, 1, undefined],
    );
    for (const slot of [
      { ...many, gpu: '0' },
      { ...many, device: 'cuda' },
      { ...many, device: 'cuda:1' },
      { ...many, threads: 1 },
    ]) {
      const alone = createFreeSlots([slot], []);
      assert.deepEqual([alone.take('thread'), alone.hasFreeThread], [slot, false]);
    }
    const leaving = createFreeSlots([many], []);
    const thread = leaving.take('thread');
    leaving.drop(many);
    assert.deepEqual([leaving.hasFreeThread, leaving.take('thread')], [false, undefined]);
    leaving.give(thread ?? many);
    assert.equal(leaving.has('slot'), false);
  });
});
