import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planRetention } from '../../src/jobs/domain/retention-plan.ts';
import { job } from '../helpers/job.ts';

describe('retention', () => {
  it('keeps the photos of the model in output/ and of what is open, and the newest logs', () => {
    const jobs = ['j6', 'j5', 'j4', 'j3', 'j2', 'j1'].map((id) => job(id, 'completed'));
    const waiting = job('j7', 'waiting', { kind: 'convert', inputOf: 'j4' });
    const plan = planRetention([waiting, ...jobs], 'j1', 3);
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
});
