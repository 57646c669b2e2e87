import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { letGo } from '../../src/cluster/let-go.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { job } from '../helpers/job.ts';

/** What a process says to the queue of a job as it knows it; `isOwn`: nobody else has taken it since. */
async function saidOf(known: Job | undefined, isOwn = true, more: { done?: () => Promise<void> } = {}) {
  const said: string[] = [];
  await letGo(
    {
      scheduler: { registry: { get: () => known } },
      claims: { has: () => isOwn, release: (id) => void said.push(`released ${id}`) },
      entries: { add: async ({ id }) => void said.push(`added ${id}`) },
      times: { lockMs: 1_000 },
    },
    { jobId: 'a', done: more.done ?? (async () => void said.push('done')) },
  );
  return said;
}

describe('what becomes of a job in the queue when its run is over', () => {
  it('is that it is done, where it has ended or is gone', async () => {
    for (const known of [job('a', 'completed'), job('a', 'cancelled'), undefined])
      assert.deepEqual(await saidOf(known), ['released a', 'done']);
  });

  it('is that it is done, where it was this process that could not say how it ended: the others put it there again', async () =>
    assert.deepEqual(await saidOf(job('a', 'active')), ['released a', 'done']));

  it('is that it waits again, where it has left its turn', async () =>
    assert.deepEqual(await saidOf(job('a')), ['released a', 'done', 'added a']));

  it('is that it is done, where it is the conversion of a model so far, which waits elsewhere', async () =>
    assert.deepEqual(await saidOf(job('a', 'waiting', { kind: 'convert', early: true })), ['released a', 'done']));

  it('is nothing, where it runs in another process now', async () => {
    assert.deepEqual(await saidOf(job('a', 'active'), false), ['released a']);
    assert.deepEqual(await saidOf(job('a', 'completed'), false), ['released a', 'done']);
  });

  it('is that it waits again also where the queue did not hear that it is done', async () =>
    assert.deepEqual(await saidOf(job('a'), true, { done: () => Promise.reject(new Error('Redis is away')) }), [
      'released a',
      'added a',
    ]));
});
