import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { connectRedis } from '../../src/cluster/redis.ts';
import { announce, readAnnounced } from '../../src/cluster/remote/announce.ts';
import { faultOf } from '../../src/cluster/redis-check.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';

const server = noRedis ? undefined : await startRedis();
/** Nothing is left open, also where it is let in against expectation. */
const connect = async (url: string) => (await connectRedis(url, () => undefined)).disconnect();

describe('a Redis that cannot serve a cluster is refused with a sentence', { skip: noRedis }, () => {
  const { url } = server ?? { url: '' };
  const admin = new Redis(url, { lazyConnect: true });
  after(() => admin.disconnect());

  it('that forgets keys when it is full', async () => {
    await admin.config('SET', 'maxmemory', '100mb');
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await assert.rejects(connect(url), /allkeys-lru\): set it to noeviction/);
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await connect(url);
  });

  it('that is the copy of another one', async () => {
    await admin.replicaof('127.0.0.1', 1);
    await assert.rejects(connect(url), /is a replica/);
    await admin.replicaof('NO', 'ONE');
  });

  it('that asks for another password, or another user', async () => {
    await admin.config('SET', 'requirepass', 'secret');
    const at = (who: string) => url.replace('//', `//${who}@`);
    for (const wrong of [url, at(':wrong'), at('nobody:secret')])
      await assert.rejects(connect(wrong), /refuses the password: write it as redis:\/\/:password@/);
    await connect(at(':secret'));
  });

  it('whose user may not do everything', async () => {
    await admin.acl('SETUSER', 'half', 'on', '>half', '+ping');
    await assert.rejects(connect(url.replace('//', '//half:half@')), /give it all rights/);
  });
});

describe('web servers that say in Redis where they are', { skip: noRedis }, () => {
  const redis = new Redis(server?.url ?? '', { lazyConnect: true, password: 'secret' });
  after(() => redis.disconnect());
  const asks = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);

  it('are found with a few questions among any number of keys, and those that are gone are not', async () => {
    await redis.mset(Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`other:${n}`, ''])));
    const callOff = ['a', 'b', 'c'].map((name) =>
      announce(redis, name, [`http://10.0.0.1/${name}`, 'http://10.0.0.1']),
    );
    callOff[0]?.();
    await redis.del('mai:web:b');
    const before = await asks();
    assert.deepEqual(await readAnnounced(redis), [['http://10.0.0.1']]);
    assert.ok((await asks()) - before < 6);
    assert.deepEqual(await redis.smembers('mai:web-servers'), ['c']);
    callOff[2]?.();
    assert.deepEqual([await readAnnounced(redis), await readAnnounced(redis)], [[], []]);
  });

  it('say it for ten seconds, and again each three seconds', async (test) => {
    test.mock.timers.enable({ apis: ['setInterval'] });
    const callOff = announce(redis, 'd', ['http://10.0.0.1']);
    assert.ok(Math.abs((await redis.pttl('mai:web:d')) - 10_000) < 5_000);
    await redis.del('mai:web:d', 'mai:web-servers');
    test.mock.timers.tick(3_000);
    assert.equal((await readAnnounced(redis)).length, 1);
    callOff();
    test.mock.timers.tick(3_000);
    assert.deepEqual(await readAnnounced(redis), []);
  });
});

describe('what a Redis says of itself', () => {
  const info = (...lines: string[]) => ['# Server', ...lines, ''].join('\r\n');

  it('must be of a version that is known to work', () => {
    assert.match(faultOf(info('redis_version:6.2.14', 'redis_mode:standalone')) ?? '', /version 6\.2\.14: install/);
    for (const version of ['7.0.15', '7.2.4', '8.2.0', '10.0.0'])
      assert.equal(faultOf(info(`redis_version:${version}`)), undefined);
  });

  it('may not be a Redis Cluster; a limit of memory is no fault by itself, nor is a policy', () => {
    assert.match(faultOf(info('redis_version:7.0.15', 'redis_mode:cluster')) ?? '', /is a Redis Cluster/);
    const limited = (bytes: number, policy: string) =>
      faultOf(info('redis_version:7.0.15', `maxmemory:${bytes}`, `maxmemory_policy:${policy}`));
    assert.equal(limited(0, 'volatile-lru'), undefined);
    assert.equal(limited(1e8, 'noeviction'), undefined);
    assert.match(limited(1e8, 'volatile-lru') ?? '', /volatile-lru/);
  });
});
