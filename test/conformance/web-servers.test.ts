import assert from 'node:assert/strict';
import { get } from 'node:http';
import { describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { createPulse } from '../../src/cluster/redis.ts';
import { FREE_GUESSES } from '../../src/http/key-attempts.ts';
import { startCluster, type System } from '../helpers/backends.ts';
import { openStream } from '../helpers/event-stream.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { noRedis } from '../helpers/redis.ts';
import { setUp, whenOver } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

// Two web servers of a cluster: they answer as one, and whether they can take work depends on Redis.

const WELL = { projects: 'ok', python: 'ok', recovery: 'ok', process: 'ok', redis: 'ok' };

describe('two web servers', { skip: noRedis }, () => {
  const KEY = 'river-candle-tiger';
  let system: System;
  let bases: System['bases'];
  setUp(async () => {
    const web = { keys: [{ workspace: '7a', key: KEY }], metricsKey: 'lantern-harbor-velvet' };
    system = await startCluster({ hasNoRunner: true, web });
    ({ bases } = system);
  });
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

  it('slows whoever guesses at one and the other', async () => {
    for (let n = 0; n < FREE_GUESSES; n += 1)
      assert.equal((await askFrom(`${bases[0]}/w/wrong-key-number-${n}/ping`, '127.0.9.1')).status, 404);
    const flood = Array.from({ length: 8 }, (_, n) => askFrom(`${bases[1]}/w/wrong-again-${n}/ping`, '127.0.9.1'));
    const refused = flood.map(async (one) => assert.equal((await one).status, 429));
    await Promise.any(refused);
    assert.equal((await askFrom(`${bases[1]}/w/${KEY}/ping`, '127.0.9.2')).status, 200, 'another address');
  });

  it('gives what the IDE uploads to one the name that the page said to the other', async () => {
    await fetch(`${bases[0]}/w/${KEY}/ping`, { headers: { 'x-mai-name': 'Ann' } });
    const { payload, headers } = uploadForm('cats', await makeProjectZip({ id: 'cats' }));
    await fetch(`${bases[1]}/w/${KEY}/upload`, { method: 'POST', headers, body: new Uint8Array(payload) });
    for (const base of bases) {
      const { projects } = (await (await fetch(`${base}/w/${KEY}/class`)).json()) as {
        projects: { names: string[] }[];
      };
      assert.deepEqual(
        projects.map(({ names }) => names),
        [['Ann']],
      );
    }
  });

  it('counts requests and the streams of each route in Redis', async () => {
    const redis = new Redis(system.redis?.url ?? '');
    const monitor = await redis.monitor();
    whenOver(() => [redis, monitor].forEach((one) => one.disconnect()));
    const keys = new Set<string>();
    monitor.on('monitor', (_time: string, args: string[]) => args.forEach((arg) => void keys.add(arg.slice(0, 40))));
    await fetch(`${bases[0]}/metrics`);
    for (const path of ['/listen', '/class/events'])
      for (let n = 0; n < 10; n += 1) {
        const stream = await openStream(`${bases[0]}/w/${KEY}${path}`);
        whenOver(() => stream.close());
      }
    const wanted = [
      'mai:requests:GET /metrics /127.0.0.1',
      'mai:places:listen:7a/127.0.0.1',
      'mai:places:class:7a/127.0.0.1',
    ];
    await until(() => wanted.every((key) => keys.has(key)));
  });

  it('are not ready while Redis does not answer, say so, let in who has the key, and are ready again when it is back', async () => {
    const { redis } = system;
    for (const body of await allSay(system, 200)) assert.deepEqual(body, { status: 'ready', parts: WELL });
    await redis?.stop();
    for (const body of await allSay(system, 503))
      assert.deepEqual(body, { status: 'not ready', parts: { ...WELL, redis: 'no_answer' } });
    for (const base of bases)
      for (const path of ['/healthz', `/w/${KEY}/ping`]) assert.equal((await fetch(base + path)).status, 200, path);
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

/** From an address of this computer. */
function askFrom(url: string, localAddress: string): Promise<{ readonly status: number | undefined }> {
  return new Promise((resolve, reject) => {
    get(url, { localAddress, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode });
    }).once('error', reject);
  });
}
