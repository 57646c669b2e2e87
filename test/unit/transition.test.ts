import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { activate, end, interrupt, announced } from '../../src/jobs/domain/transition.ts';
import { job } from '../helpers/job.ts';

describe('a job', () => {
  const ending = { state: 'completed', event: { event: 'train_end' } } as const;

  it('goes from waiting to active to its end', () => {
    const active = activate(job('j'), 5);
    assert.deepEqual([active.state, active.attempt, active.startedAt], ['active', 1, 5]);
    const done = end({ ...active, process: { pid: 1 } }, ending, 9);
    assert.deepEqual(
      [done.state, done.finishedAt, done.untold, done.process],
      ['completed', 9, { event: 'train_end' }, undefined],
    );
    assert.equal(announced(done).untold, undefined);
  });

  it('waits again when it was interrupted, and keeps its first start', () => {
    const again = activate(interrupt(activate(job('j'), 5)), 50);
    assert.deepEqual([again.attempt, again.startedAt], [2, 5]);
  });

  it('changes in no other way', () => {
    for (const state of ['completed', 'failed', 'cancelled'] as const) {
      assert.throws(() => activate(job('j', state), 1), /cannot become active/);
      assert.throws(() => end(job('j', state), ending, 1), /cannot become completed/);
    }
    assert.throws(() => end(job('j'), ending, 1));
    assert.throws(() => interrupt(job('j')));
  });
});
