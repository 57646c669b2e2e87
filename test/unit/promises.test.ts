import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { within, withResolvers } from '../../src/promises.ts';

const never = new Promise<never>(() => undefined);

describe('a promise with a time limit', () => {
  it('says whether it resolved in time, whatever it resolves with', async () => {
    assert.deepEqual([await within(Promise.resolve(false), 60_000), await within(never, 1)], [true, false]);
  });

  it('rejects as it does', async () => {
    await assert.rejects(within(Promise.reject(new Error('its own')), 60_000), /its own/);
  });

  it('leaves no timer behind, which would keep the process alive', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await within(Promise.resolve(), 60_000);
    await within(Promise.reject(new Error('no')), 60_000).catch(() => undefined);
    assert.equal(timers(), before);
  });
});

describe('a promise with its resolvers', () => {
  it('is settled by the first of them that is called', async () => {
    const [kept, broken] = [withResolvers<number>(), withResolvers<number>()];
    kept.resolve(7);
    kept.reject(new Error('too late'));
    broken.reject(new Error('its own'));
    assert.equal(await kept.promise, 7);
    await assert.rejects(broken.promise, /its own/);
  });
});
