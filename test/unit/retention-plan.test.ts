import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planRetention } from '../../src/jobs/domain/retention-plan.ts';
import { job } from '../helpers/job.ts';

describe('retention', () => {
  it('keeps the photos of the model in output/ and of what is open, and the newest logs', () => {
    const jobs = ['j6', 'j5', 'j4', 'j3', 'j2', 'j1'].map((id) => job(id, 'completed'));
    const waiting = job('j7', 'waiting', { kind: 'convert', inputOf: 'j4' });
    const plan = planRetention([waiting, ...jobs], 'j1', [], { jobs: 3, models: 2 });
    assert.deepEqual(
      plan.forget.map(({ id }) => id),
      ['j3', 'j2'],
    );
    assert.deepEqual(
      plan.strip.map((entry) => [entry.job.id, entry.input]),
      [
        ['j6', true],
        ['j5', true],
        ['j4', false],
        ['j1', false],
      ],
    );
  });

  it('keeps the earlier models that were in use last with their photos, however old their logs are', () => {
    const jobs = ['j6', 'j5', 'j4', 'j3', 'j2', 'j1'].map((id) => job(id, 'completed'));
    const plan = planRetention(jobs, 'j6', ['j2', 'j3', 'j1'], { jobs: 2, models: 2 });
    assert.deepEqual(
      plan.forget.map(({ id }) => id),
      ['j4', 'j1'],
    );
    assert.deepEqual(
      plan.strip.map((entry) => [entry.job.id, entry.input, entry.model]),
      [
        ['j6', false, true],
        ['j5', true, true],
        ['j3', false, false],
        ['j2', false, false],
      ],
    );
    const none = planRetention(jobs, 'j6', ['j3'], { jobs: 6, models: 0 });
    assert.deepEqual(
      none.strip.filter(({ model }) => !model),
      [],
    );
  });
});
