import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPulse, type Redis } from '../../src/cluster/redis.ts';
import { startCluster, type System } from '../helpers/backends.ts';
import { noRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

// Whether a web server of a cluster can take work depends on Redis.

const WELL = { projects: 'ok', python: 'ok', recovery: 'ok', process: 'ok', redis: 'ok' };

describe('/readyz of a cluster', { skip: noRedis }, () => {
  const ask = async (base: string) => {
    const answer = await fetch(`${base}/readyz`);
    return { status: answer.status, body: await answer.json() };
  };
  const allSay = ({ bases }: System, status: number) =>
    until(
      async () => {
        const answers = await Promise.all(bases.map(ask));
        return answers.every((answer) => answer.status === status) ? answers.map(({ body }) => body) : undefined;
      },
      60_000,
      `${status} from both servers`,
    );

  it('is 503 at every web server while Redis does not answer, says so, and is 200 again when it is back', async () => {
    const system = await startCluster({ hasNoRunner: true });
    const { bases, redis } = system;
    for (const body of await allSay(system, 200)) assert.deepEqual(body, { status: 'ready', parts: WELL });
    await redis?.stop();
    for (const body of await allSay(system, 503))
      assert.deepEqual(body, { status: 'not ready', parts: { ...WELL, redis: 'no_answer' } });
    for (const base of bases) assert.equal((await fetch(`${base}/healthz`)).status, 200);
    await redis?.start();
    await allSay(system, 200);
  });
});

describe('the look at Redis', () => {
  const statusOf = (redis: object) => redis as Pick<Redis, 'status' | 'ping'>;

  it('ends although Redis takes the question and gives no answer; looks share one question', async () => {
    let asked = 0;
    const hung = statusOf({
      status: 'ready',
      ping() {
        asked += 1;
        return new Promise(() => undefined);
      },
    });
    const look = createPulse(hung, 20);
    assert.deepEqual(await Promise.all([look(), look()]), [false, false]);
    assert.equal(await look(), false);
    assert.equal(asked, 1);
  });

  it('asks nothing over a connection that is lost', async () => {
    const lost = statusOf({ status: 'reconnecting', ping: () => assert.fail('it asked') });
    assert.equal(await createPulse(lost, 20)(), false);
  });
});
