import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createSharedKeyAttempts } from '../../src/cluster/clients/key-attempts.ts';
import { createSharedNamesHere } from '../../src/cluster/clients/names-here.ts';
import { createSharedPlaces } from '../../src/cluster/clients/places.ts';
import { createSharedRequestCounts } from '../../src/cluster/clients/request-counts.ts';
import { tooManyStreams } from '../../src/errors.ts';
import { FREE_GUESSES, type KeyAttempts } from '../../src/http/key-attempts.ts';
import { KEY_TIMES } from '../../src/time-limits.ts';
import { startAskedRedis } from '../helpers/asked-redis.ts';
import { noRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

// What two web servers know of a client together, what it costs, and what of it is in Redis.

const { redis, counted, question, asked, answered, address } = await startAskedRedis();

describe('two web servers together', { skip: noRedis }, () => {
  const client = (from: string) => ({ workspace: '7a', address: from });

  it('slow guesses as one does, by the clock of Redis; what was opened at one is open at the other', async () => {
    const [a, b] = [0, 1].map(() => createSharedKeyAttempts(counted, question, KEY_TIMES)) as [
      KeyAttempts,
      KeyAttempts,
    ];
    const from = address();
    assert.equal(await a.waitMs(from, '7a'), 0);
    for (let n = 0; n < FREE_GUESSES + 20; n += 1) await (n % 2 === 0 ? a : b).waitMs(from, undefined);
    assert.deepEqual([await a.waitMs(from, undefined), await b.waitMs(from, undefined)], [undefined, undefined]);
    assert.deepEqual([await b.waitMs(from, '7b'), await b.waitMs(from, '7a')], [undefined, 0]);
    await answered();
    assert.deepEqual(
      [await a.waitMs(from, '7a'), await b.waitMs(from, '7a'), asked.length],
      [0, 0, 0],
      'not asked again',
    );
  });

  it('know the names of an address; said again and again, a name is sent once', async () => {
    const [a, b] = [0, 1].map(() => createSharedNamesHere(counted, question, 100_000));
    const here = client(address());
    await answered();
    for (let n = 0; n < 10; n += 1) await a?.note(here, 'Ann');
    assert.equal(asked.length, 1);
    assert.equal(await b?.note(here, 'ann'), false, 'no news, and spelt in another way');
    assert.deepEqual([await a?.at(here), await b?.at(here)], [['ann'], ['ann']]);
  });

  it('keep the names of ten thousand addresses and not more', async () => {
    const names = createSharedNamesHere(counted, question, 100_000);
    const first = client(address());
    const other = createSharedNamesHere(counted, question, 100_000);
    await names.note(first, 'Ann');
    const all = 'mai:addresses-with-names';
    await redis.zadd(all, ...Array.from({ length: 10_000 }, (_, n) => [Date.now(), `mai:names:x${n}`]).flat());
    await names.note(client(address()), 'Ben');
    assert.deepEqual([await redis.zcard(all), await other.at(first)], [10_000, []]);
    await redis.del(all);
  });

  it('remember a name that is said again, also where there is no room for another', async () => {
    let now = 0;
    const [a, b] = [0, 1].map(() => createSharedNamesHere(counted, question, 1_000_000, () => now));
    const here = client(address());
    await Promise.all(Array.from({ length: 200 }, (_, n) => a?.note(here, `p${n}`)));
    now = 700_000;
    await a?.note(here, 'p7');
    now = 1_100_000;
    assert.deepEqual(await b?.at(here), ['p7']);
  });

  it('take a limit of requests together, and at most a tenth more each; Redis is asked for each tenth', async () => {
    const [a, b] = [0, 1].map(() => createSharedRequestCounts(counted, question));
    const key = address();
    const passed = { a: 0, b: 0 };
    await answered();
    for (let n = 0; n < 100; n += 1) {
      if ((a?.count(key, 100, 60_000).current ?? 0) <= 100) passed.a += 1;
      if ((b?.count(key, 100, 60_000).current ?? 0) <= 100) passed.b += 1;
      await Promise.all(asked);
      await setImmediate();
    }
    assert.ok(passed.a + passed.b >= 100 && passed.a + passed.b <= 120, JSON.stringify(passed));
    assert.ok(asked.length <= 12, `${asked.length} questions`);
    await answered();
    for (let n = 0; n < 9; n += 1) a?.count(address(), 100, 60_000);
    assert.equal(asked.length, 0, 'a client that is far from the limit costs nothing');
  });

  it('let requests pass again in the next second', async () => {
    const counts = createSharedRequestCounts(counted, question);
    const key = address();
    for (let n = 0; n < 10; n += 1) counts.count(key, 10, 200);
    await answered();
    assert.ok(counts.count(key, 10, 200).current > 10);
    await until(() => counts.count(key, 10, 200).current <= 10, 20_000, 'a request that passes');
  });

  const places = (name: string, ask = question, placeMs = 400) =>
    createSharedPlaces({
      ...{ redis: counted, question: ask, name, kind: 'listen', max: 80, error: tooManyStreams },
      times: { placeMs, sayAgainMs: 100 },
    });

  it('share the places of a client; one that is left can be taken at the other', async () => {
    const [a, b] = [places('a'), places('b')];
    const here = client(address());
    const leave = Array.from({ length: 78 }, () => a.enter(here));
    await answered();
    for (let n = 0; n < 2; n += 1) b.enter(here);
    await answered();
    assert.throws(() => b.enter(here), /More than 80/);
    for (const one of leave.slice(0, 10)) one();
    await until(() => entered(() => b.enter(here)));
  });

  it('have all places again at once where one of them has left its own', async () => {
    const [a, b] = [places('f', question, 60_000), places('g', question, 60_000)];
    const here = client(address());
    for (const leave of Array.from({ length: 80 }, () => a.enter(here))) leave();
    for (let n = 1; n <= 80; n += 1) {
      b.enter(here);
      // what it has said itself is not counted twice
      if (n === 2 || n === 60) await answered();
    }
    assert.throws(() => b.enter(here));
  });

  it('count all that are there, of each client and each kind by itself', async () => {
    const [a, b, c] = ['h', 'i', 'j'].map((name) => places(name));
    const here = client(address());
    const enter = async (limit: typeof a, from: typeof here, times: number) => {
      for (let n = 0; n < times; n += 1) limit?.enter(from);
      await answered();
    };
    await enter(a, here, 40);
    await enter(b, here, 38);
    await enter(c, here, 2);
    assert.throws(() => c?.enter(here));
    const other = { redis: counted, question, name: 'k', kind: 'other', max: 80, error: tooManyStreams };
    for (const [limit, from] of [
      [c, client(address())],
      [createSharedPlaces(other), here],
    ] as const)
      for (let n = 0; n < 2; n += 1) await enter(limit, from, 2);
  });

  it('that dies frees its places', async () => {
    let isDead = false;
    const [dead, alive] = [places('c', async (ask) => (isDead ? undefined : question(ask))), places('d')];
    const here = client(address());
    for (let n = 0; n < 78; n += 1) dead.enter(here);
    await answered();
    for (let n = 0; n < 2; n += 1) alive.enter(here);
    await answered();
    assert.throws(() => alive.enter(here));
    isDead = true;
    await until(() => entered(() => alive.enter(here)));
  });

  it('ask Redis about the streams of a class a few times, not for each', async () => {
    let asks = 0;
    const own = { eval: async () => void (asks += 1) } as unknown as typeof counted;
    const limit = createSharedPlaces({
      ...{ redis: own, question, name: 'e', kind: 'listen', max: 400, error: tooManyStreams },
    });
    const leave = Array.from({ length: 40 }, () => limit.enter(client('10.0.0.1')));
    assert.equal(asks, 4);
    for (const one of leave) one();
    assert.ok(asks <= 9, `${asks} questions`);
  });
});

describe('what Redis has of clients', { skip: noRedis }, () => {
  const here = (from: string) => ({ workspace: '', address: from });
  const placesOf = (name: string) =>
    createSharedPlaces({ redis: counted, question, name, kind: 'listen', max: 40, error: tooManyStreams });

  it('ends by itself, by the clock of Redis', async () => {
    const from = address();
    const attempts = createSharedKeyAttempts(counted, question, KEY_TIMES);
    for (const opens of [undefined, '7a']) await attempts.waitMs(from, opens);
    await createSharedNamesHere(counted, question, 100_000).note(here(from), 'Ann');
    placesOf('a').enter(here(from));
    createSharedRequestCounts(counted, question).count(`GET /a ${from}`, 1, 30_000);
    await answered();
    const seconds = new Map<string, number>();
    for (const key of [...(await redis.keys(`mai:*${from}*`)), 'mai:addresses-with-names'])
      seconds.set(key.split(':')[1] ?? '', Math.round((await redis.pttl(key)) / 10_000) * 10);
    const kept = { guesses: 70, opened: 43_200, names: 100, places: 10, requests: 30, 'addresses-with-names': 100 };
    assert.deepEqual(Object.fromEntries([...seconds].sort()), Object.fromEntries(Object.entries(kept).sort()));
    const last = Number(await redis.hget(`mai:guesses:${from}`, 'last'));
    assert.ok(Math.abs(last - Date.now()) < 60_000, String(last));
  });

  it('keeps nobody out for longer where its clock is set back', async () => {
    const hourMs = 3_600_000;
    const from = address();
    let now = 10 * hourMs;
    const attempts = createSharedKeyAttempts(counted, question, KEY_TIMES, () => now);
    for (let n = 0; n < FREE_GUESSES + 9; n += 1) await attempts.waitMs(from, undefined);
    now -= hourMs;
    for (let n = 0; n < FREE_GUESSES; n += 1) await attempts.waitMs(from, undefined);
    assert.equal(await attempts.waitMs(from, '7a'), 0);
    await redis.set('mai:requests:GET /a', 500, 'PX', hourMs);
    const counts = createSharedRequestCounts(counted, question);
    await answered();
    counts.count('GET /a', 20, 1_000);
    counts.count('GET /a', 20, 1_000);
    await answered();
    assert.equal(counts.count('GET /a', 20, 1_000).current, 3);
    await redis.hset(`mai:places:listen:/${from}`, { gone: `40 ${Date.now() + hourMs}` });
    const limit = placesOf('a');
    for (let n = 0; n < 2; n += 1) {
      limit.enter(here(from));
      await answered();
    }
  });
});

describe('a Redis that was emptied', { skip: noRedis }, () => {
  it('takes no name away from the web server that knows it, and gets it again', async () => {
    let now = 0;
    const [a, b] = [0, 1].map(() => createSharedNamesHere(counted, question, 100_000_000, () => now));
    const here = { workspace: '7a', address: address() };
    await a?.note(here, 'Ann');
    await redis.flushall();
    assert.deepEqual([await a?.at(here), await b?.at(here)], [['Ann'], []]);
    now += 600_001;
    await a?.note(here, 'Ann');
    assert.deepEqual(await b?.at(here), ['Ann']);
  });
});

function entered(enter: () => unknown): true | undefined {
  try {
    enter();
    return true;
  } catch {
    return undefined;
  }
}
