import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { createSharedExclusion } from '../../src/cluster/exclusion.ts';
import { createFeed } from '../../src/cluster/feed.ts';
import { encode } from '../../src/cluster/messages.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

// What the processes of a cluster have of Redis directly: the stream of messages, and one task of a key at a time.

const server = noRedis ? undefined : await startRedis();

function connect(): Redis {
  const redis = new Redis(server?.url ?? '', { lazyConnect: true });
  after(() => redis.disconnect());
  return redis;
}

/** A process that reads the messages, and what it noticed. */
async function reader(name: string) {
  const redis = connect();
  const seen: string[] = [];
  let losses = 0;
  const feed = createFeed(redis, name, {
    onMessage: ({ node, count, body }) => void (node !== name && seen.push(`${node} ${count} ${body.kind}`)),
    onCaughtUp: () => undefined,
    onLoss: () => void (losses += 1),
    onError: () => undefined,
  });
  const started = feed.start();
  feed.send({ kind: 'cancel', jobId: 'own' }, 0);
  await started;
  after(() => feed.close());
  return { redis, seen, losses: () => losses };
}

describe('the messages of a cluster', { skip: noRedis }, () => {
  const say = (redis: Redis, node: string, count: number, kind: 'cancel' | 'bye' = 'cancel') =>
    redis.xadd('mai:feed', '*', 'm', encode({ node, count, watermark: 0, body: { kind, jobId: 'j' } as never }));

  it('are taken once each, also where one comes twice', async () => {
    const { redis, seen, losses } = await reader('twice');
    for (const count of [1, 2, 2, 1, 3]) await say(redis, 'a', count);
    await until(() => seen.includes('a 3 cancel'), 20_000, 'the last one');
    assert.deepEqual(seen, ['a 1 cancel', 'a 2 cancel', 'a 3 cancel']);
    assert.equal(losses(), 0);
  });

  it('are missed where one of a process does not come; one that left and is back begins anew', async () => {
    const { redis, seen, losses } = await reader('gap');
    await say(redis, 'b', 1);
    await say(redis, 'b', 3);
    await until(() => losses() === 1, 20_000, 'the loss');
    await say(redis, 'c', 8);
    await say(redis, 'c', 9, 'bye');
    await say(redis, 'c', 1);
    await until(() => seen.includes('c 1 cancel'), 20_000, 'the new one');
    assert.equal(losses(), 1);
  });
});

describe('one task of a key at a time, in all processes', { skip: noRedis }, () => {
  const exclusions = () => [connect(), connect()].map((redis) => createSharedExclusion(redis, 'test'));

  it('two tasks never overlap, and the next one begins when the one before is done', async () => {
    const all = [...exclusions(), ...exclusions()];
    let running = 0;
    let most = 0;
    const task = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 15));
      running -= 1;
    };
    await Promise.all([...all, ...all].map((exclusion) => exclusion.run('key', task)));
    assert.equal(most, 1);
  });

  it('tasks of other keys do not wait', async () => {
    const [one, other] = exclusions();
    await one?.run('a', async () => other?.run('b', async () => undefined));
  });

  it('whose lock went to another leaves it there', async () => {
    const redis = connect();
    const [exclusion] = exclusions();
    await exclusion?.run('lost', async () => void (await redis.set('mai:lock:test:lost', 'of another')));
    await exclusion?.run('after', async () => undefined);
    assert.equal(await redis.get('mai:lock:test:lost'), 'of another');
  });

  it('a lock whose holder is gone ends by itself', async () => {
    const redis = connect();
    const [exclusion] = exclusions();
    await exclusion?.run('dies', async () => assert.ok((await redis.pttl('mai:lock:test:dies')) > 0));
  });
});
