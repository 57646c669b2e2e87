import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Gate, KeyedMutex } from '../../src/mutex.ts';

test('tasks of one key run one after the other, also after one that failed; other keys do not wait', async () => {
  const mutex = new KeyedMutex();
  const log: string[] = [];
  const task = (name: string, ms: number) => async () => {
    log.push(`${name}+`);
    await pause(ms);
    log.push(`${name}-`);
    if (name === 'a') throw new Error('a failed');
    return name;
  };
  const results = await Promise.allSettled([mutex.run('x', task('a', 20)), mutex.run('x', task('b', 1)), mutex.run('y', task('c', 5))]);
  assert.deepEqual(log, ['a+', 'c+', 'c-', 'a-', 'b+', 'b-']);
  assert.deepEqual(results.map(({ status }) => status), ['rejected', 'fulfilled', 'fulfilled']);
});

test('a gate lets no more in than its limit', async () => {
  const gate = new Gate(3);
  let inside = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 20 }, () => gate.run(async () => {
    inside += 1;
    most = Math.max(most, inside);
    await pause(2);
    inside -= 1;
  })));
  assert.equal(most, 3);
});
