import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDurations, estimateWaits } from '../../src/jobs/domain/estimate.ts';

describe('estimates', () => {
  it('let each waiting job take the slot that is free first', () => {
    assert.deepEqual(estimateWaits([30], [100, 10], 1), [30, 130]);
    assert.deepEqual(estimateWaits([30, 50], [100, 10, 10], 2), [30, 50, 60]);
    assert.deepEqual(estimateWaits([], [5], 2), [0]);
  });

  it('learn how long jobs take here', () => {
    const durations = createDurations();
    assert.equal(durations.of('train'), 120);
    durations.note('train', 10);
    durations.note('train', 20);
    assert.equal(durations.of('train'), 13);
  });
});
