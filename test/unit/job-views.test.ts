import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createProgress } from '../../src/jobs/domain/progress.ts';
import { createJobViews } from '../../src/jobs/job-views.ts';
import { job } from '../helpers/job.ts';

/** What `/ping` says of a project with this training, whose process has begun to train or has said nothing here. */
async function stageWith(training: Job, isTraining = false) {
  const progress = createProgress();
  if (isTraining) progress.note({ event: 'epoch_start', time: 1, epoch: 1, max_epoch: 9 });
  const views = createJobViews({
    registry: { get: () => training, openOf: () => [training] },
    scheduler: { progressOf: () => progress },
  } as never);
  return views.stageOf(training.ref);
}

describe('the stage of a project that is being trained', () => {
  it('is 2 as soon as its training is beyond preparing, by its process or by its record', async () => {
    const yielded = { epoch: 1, maxEpoch: 9, round: 0 };
    const stages = [
      await stageWith(job('j', 'active')),
      await stageWith(job('j', 'active'), true),
      await stageWith(job('j', 'waiting', { yielded })),
      await stageWith(job('j', 'active', { finishing: true })),
    ];
    assert.deepEqual(stages, [1, 2, 2, 2]);
  });
});
