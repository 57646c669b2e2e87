import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { positionsOf, runningJob } from '../../src/jobs/domain/positions.ts';
import { createProgress } from '../../src/jobs/domain/progress.ts';
import { job } from '../helpers/job.ts';

const TIMES = {
  durations: { of: (kind: Job['kind']) => (kind === 'train' ? 40 : 10), note: () => undefined },
  sliceOf: ({ kind }: Job) => (kind === 'train' ? 30 : Number.POSITIVE_INFINITY),
  sliceNow: () => 30,
};
const project = (id: string) => ({ workspace: '', id });
const sounds = (id: string, more: Partial<Job> = {}) =>
  job(id, 'waiting', { ref: project(id), projectType: 'VOICE_CLASSIFICATION', ...more });
const photos = (id: string) => job(id, 'waiting', { ref: project(id) });

/** The running ones have slot 0, or one slot after the other if there are several. */
const waits = (waiting: readonly Job[], running: readonly Job[] = [], sharing?: number, slots = 1) =>
  [
    ...positionsOf(
      waiting,
      running.map((one, at) =>
        runningJob({ job: one, progress: createProgress(undefined), slot: { index: at % slots } }, TIMES),
      ),
      slots,
      TIMES,
      sharing,
    ).values(),
  ].map(({ etaS }) => etaS);

describe('what waiting jobs are told', () => {
  it('counts a turn of each job before', () => {
    assert.deepEqual(waits([photos('a'), photos('b'), photos('c')]), [0, 30, 60]);
    assert.deepEqual(waits([sounds('a'), sounds('b'), sounds('c')]), [0, 30, 60]);
  });

  it('counts a turn of several at once where trainings of sounds fill the slot', () => {
    assert.deepEqual(waits([sounds('a'), sounds('b'), sounds('c'), photos('d')], [], 2), [0, 0, 30, 60]);
    assert.deepEqual(waits([photos('a'), sounds('b'), sounds('c'), photos('d')], [], 2), [0, 30, 30, 60]);
    assert.deepEqual(waits([sounds('a'), sounds('b'), sounds('c'), sounds('d')], [], 4), [0, 0, 0, 0]);
    assert.deepEqual(waits([sounds('a'), sounds('b'), sounds('c')], [], 1), [0, 30, 60], 'nobody shares here');
  });

  it('counts the whole turn of one that has no company right behind it', () => {
    assert.deepEqual(waits([sounds('a'), photos('b'), sounds('c'), photos('d')], [], 2), [0, 30, 60, 90]);
    assert.deepEqual(waits([sounds('a'), sounds('b'), sounds('c'), photos('d')], [], 4), [0, 30, 60, 90]);
    const whole = sounds('b', { yielded: { epoch: 1, maxEpoch: 9, round: 0, remainingS: 40 } });
    assert.deepEqual(waits([sounds('a'), whole, sounds('c')], [], 2), [0, 30, 60], 'one began with the whole slot');
  });

  it('counts those that share it now as one, until the last of them has left it', () => {
    const one = { oneThread: true, attempt: 1 } as const;
    const beside = sounds('s', one);
    assert.deepEqual(waits([sounds('b'), photos('c')], [beside], 2), [0, 30]);
    assert.deepEqual(waits([photos('c'), photos('d')], [sounds('a', one), sounds('b', one)], 2), [30, 60]);
    const rest = { ...one, yielded: { epoch: 1, maxEpoch: 9, round: 0, remainingS: 20 } };
    assert.deepEqual(waits([photos('c')], [sounds('a', rest), beside], 2), [30], 'not after the mean of both');
    assert.deepEqual(waits([sounds('c', rest), sounds('d', rest)], [beside], 2), [0, 20]);
  });

  it('counts one that is to have one thread, and one in its turn that has the whole slot', () => {
    const yielded = { epoch: 1, maxEpoch: 9, round: 0 };
    const again = sounds('a', { oneThread: true, yielded });
    assert.deepEqual(waits([again, sounds('b'), photos('c')], [], 4), [0, 0, 30]);
    assert.deepEqual(waits([sounds('b'), sounds('c')], [sounds('a', { attempt: 1 })], 2), [30, 30]);
  });

  it('counts a part of the further turns of those that share it, before a later round', () => {
    const inRound = (round: number) => ({ ...photos(`${round}`), place: { round, since: '0' } });
    const training = (id: string, more: Partial<Job>) =>
      sounds(id, { attempt: 1, yielded: { epoch: 1, maxEpoch: 9, round: 0, remainingS: 90 }, ...more });
    const [one, other] = ['a', 'b'].map((id) => training(id, { oneThread: true }));
    const later = (running: readonly (Job | undefined)[], slots = 1) =>
      waits(
        [0, 1, 2].map(inRound),
        running.flatMap((each) => each ?? []),
        2,
        slots,
      );
    assert.deepEqual(later([one]), [30, 60, 130]);
    assert.deepEqual(later([one, other]), [30, 60, 130], 'two turns at once');
    assert.deepEqual(
      later([training('a', {}), training('b', {})], 2),
      [30, 30, 95],
      'one after the other on two slots',
    );
  });

  it('counts the whole time of those that share it with nobody now', () => {
    const one = sounds('a', { oneThread: true, attempt: 1 });
    assert.deepEqual([waits([photos('c')], [one], 2), waits([photos('c')], [one], 4)], [[30], [30]]);
    assert.deepEqual(waits([photos('c'), photos('d')], [one, { ...one, id: 'b' }], 4), [30, 60]);
    assert.deepEqual(waits([photos('c'), photos('d')], [one, { ...one, id: 'b' }], 2, 2), [30, 30], 'on two slots');
  });
});
