import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { keepThreadsAwake } from '../../src/files/keep-threads-awake.ts';
import { until } from '../helpers/until.ts';

describe('the threads that read and write files', () => {
  it('get something to do again and again, which keeps no process running', async (t) => {
    let asked = 0;
    const hook = createHook({
      init(_id, type) {
        if (type === 'RANDOMBYTESREQUEST') asked += 1;
      },
    }).enable();
    const timer = keepThreadsAwake(5);
    t.after(() => {
      clearInterval(timer);
      hook.disable();
    });
    assert.equal(timer.hasRef(), false);
    await until(() => asked >= 3, 20_000, 'three things to do');
  });
});
