import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noRedis } from '../helpers/redis.ts';
import { rollingUpdate } from '../helpers/rolling-update.ts';

// The short form of test/cluster/rolling.cluster.ts.

const TIMES = { lockMs: 4_000, renewMs: 800, stalledMs: 500, reconcileMs: 1_000, takeMs: 100, tickMs: 500 };

describe('an update of one process after the other', { skip: noRedis }, () => {
  it('loses no job and no event, and counts no failed attempt', async () => {
    const result = await rollingUpdate({ projects: 5, rounds: 1, workers: 1, times: TIMES });
    assert.deepEqual(result.exits, [0, 0, 0]);
    assert.deepEqual(result.faults, []);
    assert.equal(result.jobs.length, 6, 'a job for each Train');
    assert.deepEqual(result.read, result.logged);
    assert.ok(result.cuts >= 2 && result.interrupted >= 1, 'streams and trainings were cut');
  });
});
