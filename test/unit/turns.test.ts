import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isStalled, isUsable, leavesWhenUsable, planYields, sliceOf, type Turn } from '../../src/jobs/domain/turns.ts';

const turn = (id: string, more: Partial<Turn> = {}): Turn => ({
  id,
  mayYield: true,
  isAsked: false,
  trainedS: 30,
  remainingS: 100,
  sliceS: 20,
  ...more,
});

describe('the length of a turn', () => {
  const rule = { leastS: 20, costs: 20 };
  it('is at least the shortest one, and grows with what going on costs', () => {
    assert.deepEqual(
      [0, 0.3, 1, 4].map((costS) => sliceOf(rule, costS)),
      [20, 20, 20, 80],
    );
  });

  it('keeps 95 % of the throughput whatever going on costs', () => {
    for (const costS of [0.1, 1, 1.5, 7, 60]) {
      const sliceS = sliceOf(rule, costS);
      assert.ok(sliceS / (sliceS + costS) >= 0.95, `${costS} s`);
    }
  });
});

describe('whom to ask for a turn', () => {
  it('nobody while nobody waits', () => {
    assert.deepEqual(planYields([turn('a')], 0), { ask: [], lookAgainS: undefined });
  });

  it('a training whose slice is over, and before that when to look again', () => {
    assert.deepEqual(planYields([turn('a')], 1).ask, ['a']);
    assert.deepEqual(planYields([turn('a', { trainedS: 12 })], 1), { ask: [], lookAgainS: 8 });
    assert.deepEqual(planYields([turn('a', { trainedS: 20 })], 1).ask, ['a']);
  });

  it('no conversion, none before its first epoch, and none twice', () => {
    assert.deepEqual(planYields([turn('a', { mayYield: false })], 1), { ask: [], lookAgainS: undefined });
    assert.deepEqual(planYields([turn('a', { trainedS: undefined })], 1), { ask: [], lookAgainS: 20 });
    assert.deepEqual(planYields([turn('a', { trainedS: undefined, sliceS: 0 })], 1), { ask: [], lookAgainS: 0.1 });
    assert.deepEqual(planYields([turn('a', { isAsked: true })], 1), { ask: [], lookAgainS: undefined });
    assert.deepEqual(planYields([turn('a', { isAsked: true }), turn('b')], 3).ask, ['b']);
  });

  it('none that is nearly done, unless it was wrong about that', () => {
    assert.deepEqual(planYields([turn('a', { remainingS: 5 })], 1), { ask: [], lookAgainS: 5 });
    assert.deepEqual(planYields([turn('a', { remainingS: 0 })], 1), { ask: [], lookAgainS: 0.1 });
    assert.deepEqual(planYields([turn('a', { remainingS: 5.1 })], 1).ask, ['a']);
    assert.deepEqual(planYields([turn('a', { remainingS: undefined })], 1).ask, ['a']);
  });

  it('as many as wait, those first whose slice was over first', () => {
    const turns = [turn('a', { trainedS: 21 }), turn('b', { trainedS: 40 }), turn('c', { trainedS: 5 })];
    assert.deepEqual(planYields(turns, 1), { ask: ['b'], lookAgainS: undefined });
    assert.deepEqual(planYields(turns, 3), { ask: ['b', 'a'], lookAgainS: 15 });
    assert.deepEqual(planYields([turn('d', { isAsked: true }), ...turns], 2).ask, ['b']);
    assert.deepEqual(planYields([turn('e', { trainedS: 50, sliceS: 45 }), ...turns], 1).ask, ['b']);
  });
});

describe('a model that a pupil can use', () => {
  it('is one with 90 % right, or as large an mAP, as the child has it', () => {
    assert.deepEqual([{ val_acc: 89.99 }, { val_acc: 90 }, { mAP: 99 }, { val_acc: null }].map(isUsable), [
      false,
      true,
      false,
      false,
    ]);
    const child = readFileSync('python/mai/turn.py', 'utf8');
    assert.ok(isUsable({ val_acc: Number(/USABLE_PERCENT = ([\d.]+)/.exec(child)?.[1]) }));
    assert.ok(!isUsable({ val_acc: Number(/USABLE_PERCENT = ([\d.]+)/.exec(child)?.[1]) - 0.01 }));
  });

  it('lets others come first if going on costs a tenth of the training at most', () => {
    assert.deepEqual([leavesWhenUsable(0.7, 7), leavesWhenUsable(0.71, 7)], [true, false]);
  });
});

describe('a training that no longer improves', () => {
  it('is one without a better epoch for a fifth of all, and for five at least', () => {
    const stalled = [
      [4, 10],
      [5, 10],
      [5, 100],
      [19, 100],
      [20, 100],
    ].map(([since, epochs]) => isStalled(Number(since), Number(epochs)));
    assert.deepEqual(stalled, [false, true, false, false, true]);
  });
});
