import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Gate, KeyedMutex } from '../../src/mutex.ts';

test('tasks of one key run one after the other, also after one that failed; other keys do not wait', async () => {
  const mutex = new KeyedMutex();
  const log: string[] = [];
  let other: Promise<string> | undefined;
  const task = (name: string) => async () => {
    log.push(`${name}+`);
    if (name === 'a') await other; // of another key: it is done although this one is not
    log.push(`${name}-`);
    if (name === 'a') throw new Error('a failed');
    return name;
  };
  const [one, two] = [mutex.run('x', task('a')), mutex.run('x', task('b'))];
  other = mutex.run('y', task('c'));
  const results = await Promise.allSettled([one, two, other]);
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
