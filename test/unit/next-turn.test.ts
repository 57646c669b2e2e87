import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastRoundOf, mayStartNow } from '../../src/jobs/domain/next-turn.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { job } from '../helpers/job.ts';

describe('the round in which a job was started last', () => {
  const place = { round: 4, since: 'j', again: true } as const;
  const yielded = { epoch: 3, maxEpoch: 9, round: 3 };
  it('is that of its turn, or the one before where it waits for a further turn', () => {
    const rounds = [
      job('j', 'waiting', { place }),
      job('j', 'active', { place, attempt: 1 }),
      job('j', 'waiting', { place, stopped: true }),
      job('j', 'waiting', { place, yielded }),
      job('j', 'active', { place, yielded, attempt: 1 }),
    ].map(lastRoundOf);
    assert.deepEqual(rounds, [undefined, 4, 4, 3, 4]);
  });
});

const running = (one: Job, isFinishing = false) => ({ job: one, isFinishing });

describe('a job may start', () => {
  it('once its project is free and has no older one', () => {
    const [a, b, c] = [job('a'), job('b'), job('c')];
    assert.deepEqual(
      [mayStartNow(b, [], [c, b]), mayStartNow(b, [running(c)], [b]), mayStartNow(b, [], [b, a])],
      [true, false, false],
    );
  });

  it('beside its training, if it is a conversion of the model so far and the training does not put its own in place', () => {
    const training = job('a', 'active');
    const early = job('b', 'waiting', { kind: 'convert', inputOf: 'a', early: true });
    const other = job('0', 'active');
    const open = [early, training];
    assert.deepEqual(
      [
        mayStartNow(early, [running(training)], open),
        mayStartNow(early, [running(training, true)], open),
        mayStartNow(early, [running(training), running(other)], open),
        mayStartNow({ ...early, early: undefined } as never, [running(training)], open),
        mayStartNow(training, [running(early)], open),
      ],
      [true, false, false, false, true],
    );
  });
});
