import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  goesOn,
  hasBegun,
  isBeside,
  isResumed,
  type Job,
  wantsFirstAnswer,
  workedS,
} from '../../src/jobs/domain/job.ts';
import { activate, end, interrupt, announced, leaveTurn, stop } from '../../src/jobs/domain/transition.ts';
import { job } from '../helpers/job.ts';

describe('a conversion of the model so far', () => {
  it('is beside its training while that is open, and afterwards where it ended before it', () => {
    const conversion = (finishedAt?: number) =>
      job('c', 'waiting', {
        kind: 'convert',
        early: true,
        inputOf: 't',
        ...(finishedAt !== undefined && { finishedAt }),
      });
    const besides = (training: Job | undefined) =>
      [undefined, 5, 15].map((finishedAt) => isBeside(() => training, conversion(finishedAt)));
    assert.deepEqual(besides(job('t', 'active')), [true, true, true]);
    assert.deepEqual(besides(job('t', 'failed', { finishedAt: 10 })), [false, true, false]);
    assert.deepEqual(besides(undefined), [false, false, false]);
  });
});

describe('a job', () => {
  const ending = { state: 'completed', event: { event: 'train_end' } } as const;

  it('goes from waiting to active to its end', () => {
    const active = activate(job('j'), 5);
    assert.deepEqual([active.state, active.attempt, active.startedAt], ['active', 1, 5]);
    const done = end({ ...active, process: { pid: 1 } }, ending, 9);
    assert.deepEqual(
      [done.state, done.finishedAt, done.pendingEvent, done.process],
      ['completed', 9, { event: 'train_end' }, undefined],
    );
    assert.equal(announced(done).pendingEvent, undefined);
  });

  it('waits again when it was interrupted, and keeps its first start', () => {
    const again = activate(interrupt(activate(job('j'), 5)), 50);
    assert.deepEqual([again.attempt, again.startedAt], [2, 5]);
  });

  const place = { round: 1, since: 'j', again: true } as const;
  const yielded = { epoch: 3, maxEpoch: 9, remainingS: 12, round: 0 };

  it('that left its turn waits like one that never ran, and goes on without having been interrupted', () => {
    const again = job('j', 'waiting', { stopped: true, startsNext: true, attempt: 2 });
    const waiting = leaveTurn({ ...activate(again, 5), process: { pid: 2 } }, place, yielded, 9);
    assert.deepEqual(waiting, { ...job('j'), place, yielded, startedAt: 5, pausedAt: 9 });
    assert.equal(hasBegun(waiting), false);
    // It has a first answer, from its own first turn.
    assert.deepEqual([wantsFirstAnswer(waiting), wantsFirstAnswer(job('j'))], [false, true]);
    const active = activate(waiting, 20);
    assert.deepEqual([active.attempt, isResumed(active), goesOn(active)], [1, false, true]);
    assert.deepEqual([isResumed(activate(job('j'), 1)), goesOn(activate(job('j'), 1))], [false, false]);
  });

  it('that is interrupted in a later turn goes first, and was interrupted', () => {
    const active = activate(leaveTurn(activate(job('j'), 5), place, yielded, 9), 20);
    for (const waiting of [interrupt(active), stop(active)]) {
      assert.equal(hasBegun(waiting), true);
      assert.equal(isResumed(activate(waiting, 30)), true);
    }
  });

  it('took as long as its turns', () => {
    const second = activate(leaveTurn(activate(job('j'), 5), place, yielded, 9), 20);
    const third = activate(leaveTurn(second, place, yielded, 24), 50);
    assert.equal(workedS(end(third, ending, 53)), 4 + 4 + 3);
    assert.equal(workedS(end(activate(job('j'), 5), ending, 9)), 4);
    assert.equal(workedS(end(job('j'), { ...ending, state: 'cancelled' }, 9)), undefined);
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
