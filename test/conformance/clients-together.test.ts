import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { createSharedKeyAttempts } from '../../src/cluster/clients/key-attempts.ts';
import { createSharedNamesHere } from '../../src/cluster/clients/names-here.ts';
import { createSharedPlaces } from '../../src/cluster/clients/places.ts';
import { createQuestion } from '../../src/cluster/clients/question.ts';
import { createSharedRequestCounts } from '../../src/cluster/clients/request-counts.ts';
import { tooManyStreams } from '../../src/errors.ts';
import { FREE_GUESSES, type KeyAttempts } from '../../src/http/key-attempts.ts';
import { KEY_TIMES } from '../../src/time-limits.ts';
import { startAskedRedis } from '../helpers/asked-redis.ts';
import { noRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

// What two web servers know of a client together, what it costs, and what they do where Redis does not answer.

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

  const places = (name: string, ask = question) =>
    createSharedPlaces({
      ...{ redis: counted, question: ask, name, kind: 'listen', max: 80, error: tooManyStreams },
      times: { placeMs: 400, sayAgainMs: 100 },
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
    const limit = createSharedPlaces({
      ...{ redis: counted, question, name: 'e', kind: 'listen', max: 400, error: tooManyStreams },
    });
    const here = client(address());
    await answered();
    const leave = Array.from({ length: 40 }, () => limit.enter(here));
    assert.equal(asked.length, 4);
    for (const one of leave) one();
    assert.ok(asked.length <= 9, `${asked.length} questions`);
  });
});

describe('without Redis', () => {
  const lost = createQuestion({ status: 'reconnecting' }, assert.ifError);
  const never = { eval: () => assert.fail('it was asked') } as unknown as Pick<Redis, 'eval'>;
  const here = { workspace: '7a', address: '10.9.9.9' };

  it('each web server slows guesses and knows names for itself', async () => {
    const attempts = createSharedKeyAttempts(never, lost, KEY_TIMES);
    const waits: (number | undefined)[] = [];
    for (let n = 0; n < FREE_GUESSES + 10; n += 1) waits.push(await attempts.waitMs('10.9.9.9', undefined));
    assert.deepEqual([waits[0], waits.at(-1)], [0, undefined]);
    const names = createSharedNamesHere(never, lost, 100_000);
    assert.deepEqual([await names.note(here, 'Ann'), await names.note(here, 'Ann')], [true, false]);
    assert.deepEqual(await names.at(here), ['Ann']);
  });

  it('each web server counts requests and places for itself', async () => {
    const counts = createSharedRequestCounts(never, lost);
    const counted = Array.from({ length: 12 }, () => counts.count('k', 10, 60_000).current);
    assert.equal(counted.filter((current) => current <= 10).length, 10);
    const options = { redis: never, question: lost, name: 'a', kind: 'listen' };
    const limit = createSharedPlaces({ ...options, max: 2, error: tooManyStreams });
    for (let n = 0; n < 2; n += 1) limit.enter(here);
    assert.throws(() => limit.enter(here));
  });

  it('one question waits for a Redis that takes it and does not answer; the next ones are not asked', async () => {
    let asks = 0;
    const said: unknown[] = [];
    const ask = createQuestion({ status: 'ready' }, (error) => void said.push(error), {
      answerMs: 10,
      askAgainMs: 60_000,
    });
    const hang = () => {
      asks += 1;
      return new Promise<number>(() => undefined);
    };
    assert.deepEqual([await ask(hang), await ask(hang), asks, said.length], [undefined, undefined, 1, 1]);
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
