import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { KeyedMutex, shareRuns } from '../../src/files/mutex.ts';

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
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
});

test('what is asked for while it runs is done once more for all who asked, and begins after their question', async () => {
  let truth = 0;
  let runs = 0;
  const look = shareRuns(async (key: string) => {
    runs += 1;
    const seen = truth;
    await pause(5);
    if (key === 'broken') throw new Error('broken');
    return seen;
  });
  const first = look('a');
  await pause(0);
  truth = 1;
  const others = Array.from({ length: 40 }, () => look('a'));
  assert.deepEqual([await first, new Set(await Promise.all(others)), runs], [0, new Set([1]), 2]);
  await assert.rejects(look('broken'), /broken/);
  assert.equal(await look('a'), 1);
});
