import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectRedis } from '../../src/cluster/redis.ts';
import { simulateDistrict } from '../../tools/simulate/district.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';

// A hundred thousand classrooms on a virtual clock, on the real queue. Milliseconds are of this computer, and are printed.

const CLASSROOMS = Number(process.env['DISTRICT_CLASSROOMS'] ?? 100_000);

describe('a hundred thousand classrooms on a virtual clock', { skip: noRedis }, () => {
  it('nobody starves, and each operation takes milliseconds', async (context) => {
    const { url } = await startRedis();
    const redis = await connectRedis(url, assert.fail);
    const result = await simulateDistrict({ redis, classrooms: CLASSROOMS, backlog: 4, hosts: 50, slotsEach: 4 });
    redis.disconnect();
    for (const { operation, count, p50Ms, p99Ms, mostMs } of result.timings)
      context.diagnostic(
        `${operation}: ${count} times, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, most ${mostMs.toFixed(0)} ms`,
      );
    const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
    context.diagnostic(
      `${result.fates.length} trainings of ${CLASSROOMS} classrooms, ${result.waited} waited at once; Redis ${mb(result.redisBytes)}, ${mb(result.redisBytesAfter)} when all was over`,
    );
    context.diagnostic(
      `Jain's index ${result.jain.toFixed(3)}, ${result.apart} trainings apart, while a first training waited, ${result.passedBy} of one other classroom were started at most`,
    );
    assert.ok(result.fates.every(({ endsAtS }) => endsAtS.length === 1));
    assert.ok(result.rounds.every((round, index) => round >= (result.rounds[index - 1] ?? 0)));
    assert.ok(result.passedBy <= 2);
    assert.equal(result.placesLeft, 0);
    assert.ok(result.jain === 1 && result.apart === 0);
  });
});
