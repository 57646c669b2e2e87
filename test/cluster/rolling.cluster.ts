import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLUSTER_TIMES } from '../../src/cluster/times.ts';
import { noRedis } from '../helpers/redis.ts';
import { rollingUpdate } from '../helpers/rolling-update.ts';

// With the times of a real cluster, every process is stopped and started again five times.

const PROJECTS = 200;
const ROUNDS = 5;

describe('a rolling update, five times', { skip: noRedis }, () => {
  it('loses no job and no event, and counts no failed attempt', async (context) => {
    const result = await rollingUpdate({ projects: PROJECTS, rounds: ROUNDS, workers: 2, times: CLUSTER_TIMES });
    context.diagnostic(
      `${result.jobs.length} jobs, ${result.exits.length} stops in good order, ${result.interrupted} trainings were interrupted, ${result.answered} had a first answer before, ${result.cuts} streams cut, ${result.askedAgain} requests sent again, ${result.replaced} trainings replaced by that; ${result.read.length} events read, ${result.logged.length} logged`,
    );
    assert.deepEqual(new Set(result.exits), new Set([0]));
    assert.deepEqual(result.faults, []);
    assert.equal(result.jobs.length, PROJECTS + 1, 'a job for each Train');
    assert.ok(result.replaced <= result.askedAgain);
    assert.deepEqual(result.read, result.logged);
  });
});
