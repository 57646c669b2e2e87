import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJobTimes } from '../../src/jobs/domain/job-times.ts';
import { job } from '../helpers/job.ts';

const yielded = { epoch: 1, maxEpoch: 9, round: 0 };

describe('the turns of a training', () => {
  it('are as long as its slices over all, though each ends with an epoch', () => {
    const times = createJobTimes({ leastS: 20, costs: 20 });
    let training = job('j');
    const turns = Array.from({ length: 30 }, () => {
      // Epochs of 7 s: the turn ends with the first one at or after the end of the slice.
      const trainedS = Math.ceil(times.sliceOf(training) / 7) * 7;
      training = { ...training, yielded: { ...yielded, overS: times.overAfter(training, trainedS) } };
      return trainedS;
    });
    const total = turns.reduce((sum, seconds) => sum + seconds, 0);
    assert.ok(Math.abs(total - 30 * 20) <= 7, `${turns.join(' ')}`);
    assert.deepEqual([...new Set(turns)].sort(), [14, 21]);
  });

  it('are at least half a slice, and no debt is for ever', () => {
    const times = createJobTimes({ leastS: 20, costs: 20 });
    const over = times.overAfter(job('j'), 300);
    assert.equal(over, 20);
    assert.equal(times.sliceOf(job('j', 'waiting', { yielded: { ...yielded, overS: over } })), 10);
  });

  it('grow with what going on costs', () => {
    const times = createJobTimes({ leastS: 20, costs: 20 });
    times.noteResumed(job('j'), 3);
    assert.equal(times.sliceOf(job('j')), 60);
    assert.equal(times.sliceOf(job('j', 'waiting', { kind: 'convert' })), Number.POSITIVE_INFINITY);
  });
});
