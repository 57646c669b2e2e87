import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSharedYieldRequests } from '../../src/cluster/yield-requests.ts';
import { createProgress } from '../../src/jobs/domain/progress.ts';
import { job } from '../helpers/job.ts';
import { until } from '../helpers/until.ts';

/** Whom a worker asks whose only training has had its slice; `soFar`: conversions of models so far that wait. */
async function askedWith({ queued = 0, soFar = 0, hasBeside = true, freeSlots = 0 }) {
  const training = job('a', 'active');
  let atMs = 0;
  const progress = createProgress(undefined, () => atMs);
  progress.note({ event: 'epoch_start', time: 1, epoch: 1, max_epoch: 9 });
  atMs = 60_000;
  const asked: string[] = [];
  let looked = false;
  const requests = createSharedYieldRequests(
    {
      scheduler: { hasRoom: async () => true },
      replica: { turns: () => [], times: { sliceOf: () => 1, sliceNow: () => 1 } },
      queued: () => Array.from({ length: queued }, (_, n) => job(`q${n}`)),
      load: () => ({ slots: 1, freeSlots }),
      hasBeside: () => hasBeside,
      soFar: { waiting: () => soFar },
      times: { yieldWaitMs: 120_000 },
    } as never,
    {
      get: () => ({}) as never,
      running: () => {
        looked = true;
        return [{ job: training, progress, isAsked: asked.length > 0 } as never];
      },
      askToYield: (id) => void asked.push(id),
    },
  );
  requests.look();
  await until(() => looked, 20_000, 'a look');
  await new Promise(setImmediate);
  requests.close();
  return asked;
}

describe('a training of this worker leaves its turn', () => {
  it('for a job that waits, and for a conversion of a model so far where no worker has a slot for it', async () => {
    assert.deepEqual(await askedWith({ queued: 1 }), ['a']);
    assert.deepEqual(await askedWith({ soFar: 1, hasBeside: false }), ['a']);
    assert.deepEqual(await askedWith({ soFar: 1 }), []);
    assert.deepEqual(await askedWith({ soFar: 1, hasBeside: false, freeSlots: 1 }), []);
  });
});
