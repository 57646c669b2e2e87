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

  it('counts a part of it where trainings of sounds share the slot', () => {
    assert.deepEqual(waits([sounds('a'), sounds('b'), sounds('c')], [], 2), [0, 15, 30]);
    assert.deepEqual(waits([sounds('a'), photos('b'), sounds('c'), photos('d')], [], 2), [0, 15, 45, 60]);
    assert.deepEqual(waits([photos('a'), sounds('b'), photos('c')], [], 2), [0, 30, 60], 'one has no company');
    const beside = sounds('s', { oneThread: true, attempt: 1 });
    assert.deepEqual(waits([sounds('b'), photos('c')], [beside], 2), [30, 45], 'but here it has');
    const whole = sounds('b', { yielded: { epoch: 1, maxEpoch: 9, round: 0, remainingS: 40 } });
    assert.deepEqual(waits([sounds('a'), whole, sounds('c')], [], 2), [0, 15, 45], 'one began with the whole slot');
  });

  it('counts those that share it now as one', () => {
    const one = { oneThread: true, attempt: 1 } as const;
    assert.deepEqual(waits([photos('c'), photos('d')], [sounds('a', one), sounds('b', one)], 2), [30, 60]);
    const rest = { ...one, yielded: { epoch: 1, maxEpoch: 9, round: 0, remainingS: 20 } };
    assert.deepEqual(waits([sounds('a', rest), sounds('b', rest)], [], 2), [0, 10]);
    assert.deepEqual(waits([photos('c')], [sounds('a', { attempt: 1 })], 2), [30]);
  });

  it('counts the whole time of those that share it with nobody now', () => {
    const one = sounds('a', { oneThread: true, attempt: 1 });
    assert.deepEqual([waits([photos('c')], [one], 2), waits([photos('c')], [one], 4)], [[30], [30]]);
    assert.deepEqual(waits([photos('c'), photos('d')], [one, { ...one, id: 'b' }], 4), [30, 60]);
    assert.deepEqual(waits([photos('c'), photos('d')], [one, { ...one, id: 'b' }], 2, 2), [30, 30], 'on two slots');
  });
});
