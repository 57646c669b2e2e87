import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createClaims } from '../../src/cluster/claims.ts';
import { createTakeUp } from '../../src/cluster/take-up.ts';
import { isOpen, type Job } from '../../src/jobs/domain/job.ts';
import { cancelledEnding, failedEnding } from '../../src/jobs/domain/outcome.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import type { Ending } from '../../src/jobs/domain/transition.ts';
import { job } from '../helpers/job.ts';
import { makeStore } from '../helpers/store.ts';

const FAILED = failedEnding(reasonOf('internal'));

/** A process that is given a job which another one had; `onDisk`: as its record is once the claim is made. */
async function takerOf(found: Job | undefined, more: { onDisk?: Job | undefined; running?: readonly Job[] } = {}) {
  const { store } = await makeStore();
  const root = store.paths(job('a').ref).jobPaths('a').root;
  mkdirSync(join(root, 'input'), { recursive: true });
  const did: string[] = [];
  const before = createClaims(store.paths, 'before');
  let known = found;
  const openOf = () => [known, ...(more.running ?? [])].filter((one) => one !== undefined).filter(isOpen);
  const claims = createClaims(store.paths, 'this');
  const takeUp = createTakeUp({
    claims,
    scheduler: {
      finalize: async (one: Job, ending: Ending) => {
        did.push(`ended ${ending.state}`);
        return { ...one, state: ending.state };
      },
      onEnded: () => undefined,
    },
    records: { readProject: async () => undefined, readJob: async () => found },
    replica: { runningOf: () => more.running ?? [] },
    recovery: {
      store: {
        paths: store.paths,
        commitOutput: async (_ref: unknown, folder: string) =>
          void did.push(`put ${folder.slice(root.length + 1)} in place`),
        changeOwner: async () => void did.push('finished a move'),
      },
      files: { read: async () => ('onDisk' in more ? more.onDisk : found) },
      registry: { openOf, keepInMemory: (kept: Job) => void (known = kept) },
      bus: { read: () => [{ event: 'initial' }] },
      maxAttempts: 3,
    },
  } as never);
  const take = async () => {
    const started = await takeUp(
      { ref: job('a').ref, jobId: 'a' },
      async ({ fence }) => void did.push(`began ${fence}`),
    );
    await started?.ended;
    return did;
  };
  return { take, before, claims, root, did };
}

describe('a job that was taken from the queue', () => {
  it('begins with the next claim', async () => {
    const { take, before } = await takerOf(job('a'));
    await before.claim(job('a'));
    assert.deepEqual(await take(), ['began 2']);
    assert.ok(!before.isHeld('a'));
  });

  it('does not begin where it is gone or has ended, also if that is seen with the claim only', async () => {
    for (const found of [undefined, job('a', 'completed')]) {
      const { take, claims } = await takerOf(found);
      assert.deepEqual([await take(), claims.has('a')], [[], false]);
    }
    for (const onDisk of [undefined, job('a', 'cancelled')])
      assert.deepEqual(await (await takerOf(job('a'), { onDisk })).take(), []);
  });

  it('does not begin beside another job of its project, and no claim is made', async () => {
    const { take, claims } = await takerOf(job('a'), { running: [job('b', 'active')] });
    assert.deepEqual(await take(), []);
    assert.ok(!claims.has('a'));
  });

  it('ends where it was to end while nobody had it', async () => {
    const { take, before } = await takerOf(job('a'));
    await before.cancel(job('a'), { cancelled: reasonOf('cancelled') });
    assert.deepEqual(await take(), [`ended ${cancelledEnding(reasonOf('cancelled')).state}`]);
  });

  it('ends as was decided by a process that did not get to say it, with its output in place', async () => {
    const { take, before, root } = await takerOf(job('a'));
    mkdirSync(join(root, 'made'));
    await before.decide({ ...job('a'), fence: 1 }, FAILED, join(root, 'made'));
    assert.deepEqual(await take(), ['put made in place', 'ended failed']);
  });

  it('ends as was decided also where the output is in place already, or on its way', async () => {
    const { take, before, root } = await takerOf(job('a'));
    await before.decide({ ...job('a'), fence: 1 }, FAILED, join(root, 'made'));
    assert.deepEqual(await take(), ['finished a move', 'ended failed']);
  });
});
