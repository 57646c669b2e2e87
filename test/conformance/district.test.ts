import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectRedis } from '../../src/cluster/redis.ts';
import { simulateDistrict } from '../../tools/simulate/district.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';

// The short form of test/cluster/district.cluster.ts.

describe('a district on a virtual clock', { skip: noRedis }, () => {
  it('every training ends once, none waits longer than the rounds before it, and a backlog delays nobody', async () => {
    const { url } = await startRedis();
    const redis = await connectRedis(url, assert.fail);
    const result = await simulateDistrict({ redis, classrooms: 400, backlog: 4, hosts: 5, slotsEach: 2 });
    redis.disconnect();
    assert.equal(result.fates.length, 400 + 3 * 40);
    assert.ok(
      result.fates.every(
        ({ endsAtS, startsAtS, isCancelled }) => endsAtS.length === 1 && startsAtS.length === (isCancelled ? 0 : 1),
      ),
    );
    assert.deepEqual(
      result.rounds,
      result.rounds.toSorted((a, b) => a - b),
      'the rounds in order',
    );
    assert.ok(result.passedBy <= 2, `${result.passedBy} of one other classroom`);
    assert.equal(result.placesLeft, 0);
    assert.deepEqual([result.jain, result.apart], [1, 0]);
  });
});
