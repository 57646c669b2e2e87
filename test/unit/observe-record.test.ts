import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { observeRecord } from '../../src/jobs/observe.ts';
import { job } from '../helpers/job.ts';

const waiting: Job = { ...job('a'), createdAt: 100 };
const active: Job = { ...waiting, state: 'active', startedAt: 107 };
const completed: Job = { ...active, state: 'completed', finishedAt: 120 };
const cancelled: Job = { ...waiting, state: 'cancelled', finishedAt: 110 };

/** What is counted where this is read after that. */
function counted(after: Job, before: Job | undefined, sinceS = 0): readonly string[] {
  const seen: string[] = [];
  observeRecord(
    {
      started: ({ startedAt }, at) => void seen.push(`${startedAt} started at ${at}`),
      ended: ({ state }) => void seen.push(state),
    },
    after,
    before,
    sinceS,
  );
  return seen;
}

describe('a record that another process has written', () => {
  it('counts the start and the end that are new in it', () => {
    assert.deepEqual(counted(active, waiting), ['undefined started at 107']);
    assert.deepEqual(counted(completed, active), ['completed']);
    assert.deepEqual(counted(completed, waiting), ['undefined started at 107', 'completed']);
    assert.deepEqual(counted(cancelled, waiting), ['cancelled']);
  });

  it('counts nothing twice: what was known, a further turn, the report of a comparison', () => {
    assert.deepEqual(counted(waiting, waiting), []);
    assert.deepEqual(counted({ ...active, attempt: 2 }, { ...waiting, startedAt: 107 }), []);
    assert.deepEqual(counted(completed, completed), []);
  });

  it('counts of a job that was not known what it did since this process began, and of older ones nothing', () => {
    assert.deepEqual(counted(completed, undefined, 90), ['undefined started at 107', 'completed']);
    assert.deepEqual(counted(completed, undefined, 101), []);
  });
});
