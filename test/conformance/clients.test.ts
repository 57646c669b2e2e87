import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Fastify from 'fastify';
import { createSharedKeyAttempts } from '../../src/cluster/clients/key-attempts.ts';
import { createSharedNamesHere } from '../../src/cluster/clients/names-here.ts';
import { createSharedPlaces } from '../../src/cluster/clients/places.ts';
import { createSharedRequestCounts } from '../../src/cluster/clients/request-counts.ts';
import { tooManyStreams } from '../../src/errors.ts';
import type { App } from '../../src/http/app-type.ts';
import { createKeyAttempts, FREE_GUESSES, type KeyAttempts } from '../../src/http/key-attempts.ts';
import { createCountLimit, limitOf, registerRateLimits } from '../../src/http/limits.ts';
import { createNamesHere } from '../../src/people/names-here.ts';
import { KEY_TIMES } from '../../src/time-limits.ts';
import { startAskedRedis } from '../helpers/asked-redis.ts';
import { noRedis } from '../helpers/redis.ts';

// What is known of clients, by one web server and by one of several: the same rules for both.

const { counted, question, address } = await startAskedRedis();
const BACKENDS = [
  { name: 'one server', skip: false },
  { name: 'several', skip: noRedis },
] as const;

for (const { name, skip } of BACKENDS) {
  describe(`guessed keys at ${name}`, { skip }, () => {
    let now = 1_000_000;
    const make = (): KeyAttempts =>
      name === 'one server'
        ? createKeyAttempts(() => now)
        : createSharedKeyAttempts(counted, question, KEY_TIMES, () => now);
    const guesses = async (attempts: KeyAttempts, count: number, from: string) => {
      const waits: (number | undefined)[] = [];
      for (let n = 0; n < count; n += 1) waits.push(await attempts.waitMs(from, undefined));
      return waits;
    };

    it('a class may mistype its key; a program that guesses waits for turns, then is refused', async () => {
      const [attempts, from] = [make(), address()];
      assert.deepEqual(new Set(await guesses(attempts, FREE_GUESSES, from)), new Set([0]));
      assert.deepEqual(await guesses(attempts, 8, from), [0, 1000, 2000, 3000, 4000, 5000, undefined, undefined]);
      now += 2000;
      assert.deepEqual(await guesses(attempts, 3, from), [4000, 5000, undefined]);
      assert.equal(await attempts.waitMs(address(), undefined), 0, 'another address');
    });

    it('over ten minutes an address gets no more than a guess a second', async () => {
      const [attempts, from] = [make(), address()];
      let answered = 0;
      for (const end = now + 600_000; now < end; now += 500)
        if ((await attempts.waitMs(from, undefined)) !== undefined) answered += 1;
      assert.ok(answered > 600 && answered <= 600 + FREE_GUESSES + 10, String(answered));
    });

    it('a right key gives nothing away: it waits as a wrong one would, and what an address opened once never waits', async () => {
      const [attempts, from] = [make(), address()];
      assert.equal(await attempts.waitMs(from, '7a'), 0);
      await guesses(attempts, FREE_GUESSES + 3, from);
      assert.deepEqual([await attempts.waitMs(from, '7a'), await attempts.waitMs(from, '7b')], [0, 3000]);
      await guesses(attempts, 10, from);
      assert.equal(await attempts.waitMs(from, '7c'), undefined);
      assert.deepEqual([await attempts.waitMs(from, '7a'), await attempts.waitMs(from, '7b')], [0, 0]);
      now += 61_000;
      assert.deepEqual(new Set(await guesses(attempts, FREE_GUESSES, from)), new Set([0]), 'after a minute of peace');
    });

    it('a key opens nothing to another address, and nothing where it was refused unseen', async () => {
      const [attempts, from] = [make(), address()];
      assert.equal(await attempts.waitMs(address(), '7a'), 0);
      await guesses(attempts, FREE_GUESSES + 6, from);
      const tries = [await attempts.waitMs(from, '7a'), await attempts.waitMs(from, '7a')];
      assert.deepEqual(tries, [undefined, undefined]);
    });
  });

  describe(`names at an address, at ${name}`, { skip }, () => {
    let now = 0;
    const make = () =>
      name === 'one server'
        ? createNamesHere(100_000, () => now)
        : createSharedNamesHere(counted, question, 100_000, () => now);

    it('are those of the day, however they are spelt, and of this address and classroom alone', async () => {
      const [names, one, other] = [make(), address(), address()];
      const at = (from: string, workspace = '7a') => ({ workspace, address: from });
      assert.deepEqual([await names.note(at(one), 'Ann'), await names.note(at(one), 'ANN')], [true, false]);
      now = 90_000;
      await names.note(at(one), 'Ben');
      const all = await Promise.all([names.at(at(one)), names.at(at(other)), names.at(at(one, '7b'))]);
      assert.deepEqual(all, [['ANN', 'Ben'], [], []]);
      now = 180_000;
      assert.deepEqual(await names.at(at(one)), ['Ben']);
      assert.equal(await names.note(at(one), 'Ann'), true, 'as if it were new');
    });

    it('are no more than a class has', async () => {
      const names = make();
      const client = { workspace: '', address: address() };
      await Promise.all(Array.from({ length: 300 }, (_, n) => names.note(client, `p${n}`)));
      assert.equal((await names.at(client)).length, 200);
      assert.equal(await names.note(client, 'another'), false);
    });
  });

  describe(`requests of a second at ${name}`, { skip }, () => {
    it('are refused beyond the limit, of each client and each address of the server by itself', async () => {
      const app = Fastify({ trustProxy: true });
      await registerRateLimits(
        app as unknown as App,
        name === 'one server' ? undefined : createSharedRequestCounts(counted, question),
      );
      const many = { config: { rateLimit: { ...limitOf('looks', 20).rateLimit, timeWindow: 60_000 } } };
      for (const path of ['/a', '/b']) app.get(path, many, async () => 'ok');
      const [one, other] = [address(), address()];
      const ask = async (url: string, from: string) =>
        app.inject({ url, headers: { 'x-forwarded-for': from } }).then(({ statusCode }) => statusCode);
      const statuses: number[] = [];
      for (let n = 0; n < 30; n += 1) statuses.push(await ask('/a', one));
      assert.deepEqual(
        statuses.map((status) => status === 200),
        Array.from({ length: 30 }, (_, n) => n < 20),
      );
      assert.deepEqual([await ask('/b', one), await ask('/a', other)], [200, 200]);
    });
  });

  describe(`places at ${name}`, { skip }, () => {
    const client = (from: string, workspace = '') => ({ address: from, workspace });
    const make = () =>
      name === 'one server'
        ? createCountLimit(2, tooManyStreams)
        : createSharedPlaces({ redis: counted, question, name: 'a', kind: 'listen', max: 2, error: tooManyStreams });

    it('so many a client and no more; each is given back once', async () => {
      const [limit, one] = [make(), address()];
      const leave = limit.enter(client(one));
      limit.enter(client(one));
      assert.throws(() => limit.enter(client(one)), /More than 2 windows/);
      limit.enter(client(address()));
      limit.enter(client(one, '7a'));
      leave();
      leave();
      limit.enter(client(one));
      assert.throws(() => limit.enter(client(one)));
    });

    it('the addresses of one IPv6 network share theirs', async () => {
      const limit = make();
      limit.enter(client('2001:db8:1:2::1'));
      limit.enter(client('2001:db8:1:2:ffff::2'));
      assert.throws(() => limit.enter(client('2001:db8:1:2:3:4:5:6')));
      limit.enter(client('2001:db8:1:3::1'));
    });
  });
}
