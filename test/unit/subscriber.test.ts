import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSubscriber } from '../../src/events/stream/subscriber.ts';

describe('a subscriber', () => {
  const form = { language: 'en', kind: 'job' } as const;

  it('gets everything pushed since it last took something, as one chunk', async () => {
    const subscriber = createSubscriber(form, 100, assert.fail);
    subscriber.push('a');
    subscriber.push('b');
    assert.equal(await subscriber.next(), 'ab');
    const next = subscriber.next();
    subscriber.push('c');
    assert.equal(await next, 'c');
    subscriber.push('d');
    subscriber.end();
    subscriber.push('e');
    assert.deepEqual([await subscriber.next(), await subscriber.next()], ['d', undefined]);
  });

  it('that takes what it is sent is never dropped, however much that is', async () => {
    const subscriber = createSubscriber(form, 100, assert.fail);
    for (let n = 0; n < 100; n += 1) {
      subscriber.push('x'.repeat(60));
      assert.equal((await subscriber.next())?.length, 60);
    }
  });

  it('that takes nothing is dropped at the limit, with what was kept for it', async () => {
    let dropped = 0;
    const subscriber = createSubscriber(form, 10, () => {
      dropped += 1;
    });
    for (let n = 0; n < 100; n += 1) subscriber.push('xxx');
    assert.equal(dropped, 1);
    assert.equal(await subscriber.next(), undefined);
  });
});
