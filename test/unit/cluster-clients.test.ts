import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import { createSharedKeyAttempts } from '../../src/cluster/clients/key-attempts.ts';
import { createKnown } from '../../src/cluster/clients/known.ts';
import { createSharedNamesHere } from '../../src/cluster/clients/names-here.ts';
import { createSharedPlaces } from '../../src/cluster/clients/places.ts';
import { createQuestion } from '../../src/cluster/clients/question.ts';
import { createSharedRequestCounts } from '../../src/cluster/clients/request-counts.ts';
import { tooManyStreams } from '../../src/errors.ts';
import { FREE_GUESSES } from '../../src/http/key-attempts.ts';
import { KEY_TIMES } from '../../src/time-limits.ts';

// What the web servers of a cluster do with clients where Redis does not answer.

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

  it('each web server has counted the guesses that Redis has counted', async () => {
    let isLost = false;
    const attempts = createSharedKeyAttempts(
      { eval: async () => 0 } as typeof never,
      (ask) => (isLost ? lost(ask) : ask()),
      KEY_TIMES,
    );
    for (let n = 0; n < FREE_GUESSES; n += 1) await attempts.waitMs('10.9.9.8', undefined);
    isLost = true;
    const waits = [await attempts.waitMs('10.9.9.8', undefined), await attempts.waitMs('10.9.9.8', undefined)];
    assert.ok((waits[1] ?? 0) > 0, String(waits));
  });

  it('each web server counts requests and places for itself', async () => {
    const counts = createSharedRequestCounts(never, lost);
    const counted = Array.from({ length: 12 }, () => {
      counts.count('of another client', 10, 60_000);
      return counts.count('k', 10, 60_000).current;
    });
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

describe('what one process remembers', () => {
  it('is of so many keys, without the one that was set first', () => {
    const known = createKnown<number>(2);
    const has = () => ['a', 'b', 'c'].map(known.get);
    for (const key of ['a', 'b', 'b']) known.set(key, 1);
    assert.deepEqual(has(), [1, 1, undefined]);
    known.set('c', 1);
    assert.deepEqual(has(), [undefined, 1, 1]);
  });
});
