import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createJobTimes } from '../../src/jobs/domain/job-times.ts';
import { createProgress } from '../../src/jobs/domain/progress.ts';
import { job } from '../helpers/job.ts';

const yielded = { epoch: 1, maxEpoch: 9, round: 0 };

/** Of a training whose first epoch has ended after 2 s, with 8 s to go. */
function running(accuracy: number, more: Partial<Job> = {}) {
  let nowMs = 0;
  const training = job('j', 'active', { projectType: 'VOICE_CLASSIFICATION', ...more });
  const progress = createProgress(training.yielded, () => nowMs);
  progress.note({ event: 'epoch_start', time: 1, epoch: 1, max_epoch: 9 });
  nowMs = 2_000;
  progress.note({ event: 'epoch_end', time: 1, epoch: 1, max_epoch: 9, matric: { val_acc: accuracy }, eta_s: 8 });
  return { job: training, progress };
}

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

  it('are as much longer after one that was left early', () => {
    const times = createJobTimes({ leastS: 20, costs: 20 });
    assert.equal(
      times.sliceOf(job('j', 'waiting', { yielded: { ...yielded, overS: times.overAfter(job('j'), 5) } })),
      35,
    );
    assert.equal(times.overAfter(job('j', 'active', { yielded: { ...yielded, overS: -20 } }), 1), -20);
  });

  it('are over at once when the first model can be used, unless a quick one was there or going on costs much', () => {
    const times = createJobTimes({ leastS: 20, costs: 20 });
    assert.deepEqual([times.sliceNow(running(95)), times.sliceNow(running(80))], [0, 20]);
    assert.equal(times.sliceNow(running(95, { projectType: 'IMAGE_CLASSIFICATION' })), 20);
    assert.equal(times.sliceNow(running(95, { yielded: { ...yielded, usable: true } })), 20);
    times.noteResumed(running(95).job, 1.01);
    assert.equal(times.sliceNow(running(95)), 20.2);
    assert.equal(times.sliceNow(running(95, { projectType: 'OBJECT_DETECTION' })), 0);
  });

  it('grow with what going on costs', () => {
    const times = createJobTimes({ leastS: 20, costs: 20 });
    times.noteResumed(job('j'), 3);
    assert.equal(times.sliceOf(job('j')), 60);
    assert.equal(times.sliceOf(job('j', 'waiting', { kind: 'convert' })), Number.POSITIVE_INFINITY);
  });
});
