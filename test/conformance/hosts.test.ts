import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectRedis } from '../../src/cluster/redis.ts';
import { simulateHosts } from '../../tools/simulate/hosts.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';

// The queue is real, the seconds are those of a virtual clock. test/cluster/hosts.cluster.ts is the same in real time.

describe('400 pupils on ten GPU hosts, on a virtual clock', { skip: noRedis }, () => {
  it('each has one first answer within twenty seconds, and the hosts train for 95 % of the time', async () => {
    const { url } = await startRedis();
    const redis = await connectRedis(url, assert.fail);
    const result = await simulateHosts({ redis, pupils: 400, hosts: 10, answerS: 0.2 });
    redis.disconnect();
    assert.equal(result.fates.length, 400);
    const happened = result.fates.map(({ answersAtS, startsAtS, endsAtS }) => [answersAtS, startsAtS, endsAtS]);
    assert.ok(
      happened.flat().every((times) => times.length === 1),
      'one answer, one start, one end',
    );
    assert.ok(result.lastAnswerS <= 20, `the last answer after ${result.lastAnswerS} s`);
    assert.ok(result.utilisation >= 0.95, `${result.utilisation}`);
  });
});
