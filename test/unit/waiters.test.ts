import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createWaiters } from '../../src/jobs/waiters.ts';

it('who leaves frees the place of the waiter, and the others still hear', async () => {
  const waiters = createWaiters();
  const leaving = new AbortController();
  const left = waiters.wait('a', leaving.signal);
  const stays = waiters.wait('a', undefined);
  const alone = waiters.wait('b', leaving.signal);
  leaving.abort(new Error('left'));
  await assert.rejects(left, /left/);
  await assert.rejects(alone, /left/);
  assert.equal(waiters.size, 1, 'nothing is kept of the job that nobody waits for');
  const job = { id: 'a' } as Job;
  waiters.notify(job);
  assert.equal(await stays, job);
  assert.equal(waiters.size, 0);
});
