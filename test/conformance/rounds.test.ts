import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { createBull } from '../../src/cluster/bull.ts';
import { leaseKey } from '../../src/cluster/leases.ts';
import { createRounds } from '../../src/cluster/rounds.ts';
import { CLUSTER_TIMES } from '../../src/cluster/times.ts';
import { clientKey } from '../../src/client.ts';
import { createMemoryQueue } from '../../src/jobs/domain/memory-queue.ts';
import { queueItemOf } from '../../src/jobs/domain/next-turn.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { job } from '../helpers/job.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';

const redis = noRedis ? undefined : await startRedis();

async function connect() {
  const { Redis } = await import('ioredis');
  const client = new Redis(redis?.url ?? '');
  after(() => client.disconnect());
  await client.flushall();
  return client;
}

describe('a training that is answered for', { skip: noRedis }, () => {
  /** `meanwhile`: what happens while it is added. */
  async function added(meanwhile: (client: Redis) => Promise<unknown>) {
    const client = await connect();
    const slow = new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name !== 'eval') return value.bind(target) as unknown;
        return async (...of: unknown[]) => {
          const result: unknown = await value.apply(target, of);
          await meanwhile(client);
          return result;
        };
      },
    });
    const { entries } = await createBull(slow, CLUSTER_TIMES, assert.ifError);
    await entries.add(job('j'));
    const isThere = await entries.remove('j');
    const withdrawn = await entries.withdraw('j');
    const removed = await entries.remove('j');
    await entries.close();
    return { isThere, withdrawn, removed };
  }

  it('is not put into the queue by who saw it waiting just before', async () => {
    const { isThere } = await added((client) => client.set(leaseKey('j'), 'another'));
    assert.equal(isThere, false);
  });

  it('is taken out also where nobody has added it yet, which a cancel must be able to tell apart', async () => {
    assert.deepEqual(await added(async () => undefined), { isThere: true, withdrawn: true, removed: false });
  });
});

describe('fair rounds', { skip: noRedis }, () => {
  it('are the same in Redis as in memory, whatever comes, starts, is cancelled, or is lost by Redis', async () => {
    const client = await connect();
    const rounds = createRounds(client);
    const step = fc.record({
      what: fc.constantFrom('come', 'come', 'start', 'start', 'leave', 'cancel', 'wipe'),
      who: fc.nat({ max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        await client.flushall();
        const queue = createMemoryQueue();
        const all = new Map<string, Job>();
        for (const [index, { what, who }] of steps.entries()) {
          const id = String(index).padStart(4, '0');
          const own = { workspace: '', address: String(who) };
          if (what === 'come') {
            const place = queue.placeFor(clientKey(own), id);
            assert.deepEqual(await rounds.placeFor(clientKey(own), id), place);
            const made: Job = { ...job(id), client: own, place, state: 'waiting', attempt: 0 };
            all.set(id, made);
            queue.add(queueItemOf(made));
          } else if (what === 'start') {
            const taken = all.get(queue.take()?.id ?? '');
            if (!taken) continue;
            await rounds.noteStarted(clientKey(taken.client), taken.place, taken.id);
            all.set(taken.id, { ...taken, state: 'active', attempt: 1 });
          } else if (what === 'leave') {
            const left = [...all.values()].find(
              ({ state, client }) => state === 'active' && client.address === own.address,
            );
            if (!left) continue;
            const [next] = queue.next(() => true, 1);
            const place = queue.placeAgain(clientKey(own), left.id, next?.place, who === 0);
            assert.deepEqual(await rounds.placeAgain(clientKey(own), left.id, next?.place, who === 0), place);
            const yielded = { epoch: 1, maxEpoch: 9, round: left.place.round };
            const waiting: Job = { ...left, place, yielded, state: 'waiting', attempt: 0 };
            all.set(left.id, waiting);
            queue.add(queueItemOf(waiting));
          } else if (what === 'cancel') {
            const [item] = queue.order();
            const dropped = item && all.get(item.id);
            if (!dropped) continue;
            queue.remove(dropped.id);
            await rounds.noteLeft(dropped);
            // its record stays, and says in which round it has run
            all.set(dropped.id, { ...dropped, state: 'cancelled' });
          } else {
            await client.flushall();
            await rounds.rebuild(all.values());
          }
        }
        for (let item = queue.take(); item !== undefined; item = queue.take()) {
          const taken = all.get(item.id);
          if (taken) await rounds.noteStarted(clientKey(taken.client), taken.place, taken.id);
        }
        assert.deepEqual(await client.keys('mai:rounds:of:*'), [], 'what does not wait is not kept');
      }),
      { numRuns: 60 },
    );
  });

  it('are counted again without the conversions of models so far, which take none', async () => {
    const rounds = createRounds(await connect());
    const conversion = job('c', 'waiting', { kind: 'convert', early: true, inputOf: 'a' });
    await rounds.rebuild([conversion, { ...conversion, id: 'd', state: 'active', attempt: 1 }]);
    assert.equal((await rounds.placeFor(clientKey(conversion.client), 'e')).round, 0);
    await rounds.noteStarted('another', { round: 5, since: '1' });
    assert.equal((await rounds.placeFor(clientKey(conversion.client), 'f')).round, 5, 'the one that runs');
  });

  it('count whoever had a turn in the round that runs, and not in one before', async () => {
    const rounds = createRounds(await connect());
    await rounds.noteStarted('a', { round: 5, since: '1' });
    await rounds.noteStarted('b', { round: 3, since: '2' });
    const places = await Promise.all(['a', 'b'].map((client) => rounds.placeFor(client, `of ${client}`)));
    assert.deepEqual(
      places.map(({ round }) => round),
      [6, 5],
    );
  });
});
