import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createClaims } from '../../src/cluster/claims.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { failedEnding } from '../../src/jobs/domain/outcome.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { job } from '../helpers/job.ts';
import { makeStore } from '../helpers/store.ts';

const CANCELLED = { cancelled: { code: 'cancelled', msg: 'The training was cancelled.' } } as const;
const ENDING = failedEnding(reasonOf('internal'));

/** Two processes and a job in one folder. */
async function twoProcesses() {
  const { store } = await makeStore();
  const waiting = job('0mx000001-a');
  const { root } = store.paths(waiting.ref).jobPaths(waiting.id);
  mkdirSync(root, { recursive: true });
  return { root, waiting, first: createClaims(store.paths, 'first'), second: createClaims(store.paths, 'second') };
}

const taken = (waiting: Job, fence: number | undefined): Job => ({ ...waiting, ...(fence !== undefined && { fence }) });

describe('who has a job', () => {
  it('is one process, of all that try to take it', async () => {
    const { waiting, first, second } = await twoProcesses();
    assert.equal(await first.claim(waiting), 1);
    assert.equal(await second.claim(waiting), undefined);
    assert.deepEqual([first.has(waiting.id), second.has(waiting.id)], [true, false]);
  });

  it('is the next one that takes it, and the one before may never write again', async () => {
    const { waiting, first, second } = await twoProcesses();
    await first.claim(waiting);
    assert.ok(first.isHeld(waiting.id));
    assert.equal(await second.claim(waiting, true), 2);
    first.release(waiting.id);
    assert.ok(!first.isHeld(waiting.id), 'what is still on its way to the disk');
    assert.deepEqual([first.has(waiting.id), second.isHeld(waiting.id)], [false, true]);
  });

  it('never was one that lost it, also when the job is gone from the disk', async () => {
    const { waiting, first, second, root } = await twoProcesses();
    await first.claim(waiting);
    await second.claim(waiting, true);
    assert.ok(!first.isHeld(waiting.id));
    rmSync(root, { recursive: true });
    assert.ok(!first.isHeld(waiting.id));
  });

  it('may be the first one again, when it takes it anew', async () => {
    const { waiting, first, second } = await twoProcesses();
    await first.claim(waiting);
    await second.claim(waiting, true);
    assert.ok(!first.isHeld(waiting.id));
    assert.equal(await first.claim(taken(waiting, 2), true), 3);
    assert.deepEqual([first.has(waiting.id), second.has(waiting.id)], [true, false]);
  });

  it('is nobody once it was let go, and whoever has not taken it may write, as who accepts it does', async () => {
    const { waiting, first, second } = await twoProcesses();
    await first.claim(waiting);
    first.release(waiting.id);
    assert.deepEqual([first.has(waiting.id), first.isHeld(waiting.id)], [false, true]);
    assert.ok(second.isHeld(waiting.id));
  });
});

describe('whose output counts', () => {
  it('is decided once, and the same one may ask again', async () => {
    const { waiting, first, second } = await twoProcesses();
    const [one, two] = [taken(waiting, 1), taken(waiting, 2)];
    assert.equal(await first.decided(one), undefined);
    assert.ok(await second.decide(two, ENDING, '/any/made-2'));
    assert.ok(!(await first.decide(one, ENDING, '/any/made-1')));
    assert.ok(await second.decide(two, ENDING, '/any/made-2'));
    assert.deepEqual(await first.decided(one), { fence: 2, ending: ENDING, made: 'made-2' });
  });
});

describe('what was annulled', () => {
  it('counts no more, also where its process decides afterwards; what is made later counts', async () => {
    const { waiting, first, second } = await twoProcesses();
    const [one, two, three] = [taken(waiting, 1), taken(waiting, 2), taken(waiting, 3)];
    assert.ok(await second.annul(two));
    assert.ok(!(await first.decide(one, ENDING, '/any/made-1')));
    assert.equal(await second.decided(one), undefined);
    assert.ok(await first.decide(three, ENDING, '/any/made-3'));
    assert.deepEqual(await second.decided(one), { fence: 3, ending: ENDING, made: 'made-3' });
  });

  it('may be annulled again, but not where it was decided before', async () => {
    const { waiting, first, second } = await twoProcesses();
    assert.ok((await first.annul(taken(waiting, 1))) && (await second.annul(taken(waiting, 2))));
    assert.ok(!(await first.decide(waiting, ENDING, '/any/made-0')));
    assert.ok(await first.decide(taken(waiting, 3), ENDING, '/any/made-3'));
    assert.ok(!(await second.annul(taken(waiting, 4))));
    assert.equal((await second.decided(waiting))?.fence, 3);
  });
});

describe('that a job is to end', () => {
  it('is seen by every process, with the first cause', async () => {
    const { waiting, first, second } = await twoProcesses();
    assert.equal(await second.cancelled(waiting), undefined);
    await first.cancel(waiting, CANCELLED);
    await second.cancel(waiting, { cancelled: { code: 'superseded', msg: '' } });
    assert.deepEqual(await second.cancelled(waiting), CANCELLED);
  });
});
