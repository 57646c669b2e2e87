import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProgress } from '../../src/jobs/domain/progress.ts';
import { createOutlooks } from '../../src/jobs/outlook.ts';
import { job } from '../helpers/job.ts';

/** `a` waits for its first turn and `b` for its next one; `r` runs, and `n` has only begun. */
function given() {
  const waiting = [job('a'), job('b', 'waiting', { yielded: { epoch: 2, maxEpoch: 9, round: 0 } })];
  const running = new Map([
    ['r', { ...createProgress(), epoch: 3, maxEpoch: 5, remainingS: () => 12.4 }],
    ['n', createProgress()],
  ]);
  let counted = 0;
  const outlookOf = createOutlooks({
    lanes: { has: (id) => waiting.some((one) => one.id === id) },
    jobOf: (id) => waiting.find((one) => one.id === id),
    progressOf: (id) => running.get(id),
    positions() {
      counted += 1;
      return new Map(waiting.map(({ id }, index) => [id, { position: index + 1, etaS: 30 * index }]));
    },
  });
  return { outlookOf, counted: () => counted };
}

describe('what can be said of a job now', () => {
  it('is its position while it waits, and the epoch that it goes on from', () => {
    const { outlookOf, counted } = given();
    assert.deepEqual(outlookOf('a'), { position: 1, etaS: 0 });
    assert.deepEqual(outlookOf('b'), { position: 2, etaS: 30, epoch: 2, maxEpoch: 9 });
    assert.equal(counted(), 1, 'positions are counted once for both');
  });

  it('is how far it is while it runs, and nothing of one that has said nothing or ended', () => {
    const { outlookOf, counted } = given();
    assert.deepEqual(outlookOf('r'), { epoch: 3, maxEpoch: 5, etaS: 12 });
    assert.deepEqual([outlookOf('n'), outlookOf('gone')], [{}, {}]);
    assert.equal(counted(), 0);
  });
});
