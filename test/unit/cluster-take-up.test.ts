import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createClaims } from '../../src/cluster/claims.ts';
import { createShutOut, createTakeUp } from '../../src/cluster/take-up.ts';
import { isOpen, type Job } from '../../src/jobs/domain/job.ts';
import { cancelledEnding, failedEnding } from '../../src/jobs/domain/outcome.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import type { Ending } from '../../src/jobs/domain/transition.ts';
import { job } from '../helpers/job.ts';
import { makeStore } from '../helpers/store.ts';

const FAILED = failedEnding(reasonOf('internal'));

/** A process that is given a job which another one had; `onDisk`: as its record is once the claim is made. */
async function takerOf(
  found: Job | undefined,
  more: { onDisk?: Job | undefined; running?: readonly Job[]; training?: Job } = {},
) {
  const { store } = await makeStore();
  const root = store.paths(job('a').ref).jobPaths('a').root;
  for (const id of ['a', 'b']) mkdirSync(store.paths(job(id).ref).jobPaths(id).input, { recursive: true });
  const did: string[] = [];
  const before = createClaims(store.paths, 'before');
  let known = found;
  const openOf = () => [known, ...(more.running ?? [])].filter((one) => one !== undefined).filter(isOpen);
  const claims = createClaims(store.paths, 'this');
  const options = {
    claims,
    scheduler: {
      finalize: async (one: Job, ending: Ending) => {
        did.push(`ended ${ending.state}`);
        return { ...one, state: ending.state };
      },
      onEnded: () => undefined,
    },
    records: {
      readProject: async () => undefined,
      readJob: async (_ref: unknown, id: string) => (id === 'a' ? found : more.training),
    },
    replica: { runningOf: () => more.running ?? [] },
    recovery: {
      store: {
        paths: store.paths,
        commitOutput: async (_ref: unknown, folder: string) =>
          void did.push(`put ${folder.slice(root.length + 1)} in place`),
        changeOwner: async () => void did.push('finished a move'),
      },
      files: { read: async () => ('onDisk' in more ? more.onDisk : found) },
      registry: {
        openOf,
        keepInMemory: (kept: Job) => void (known = kept),
        save: async ({ state }: Job) => void did.push(`wrote ${state}`),
      },
      bus: { read: () => [{ event: 'initial' }] },
      maxAttempts: 3,
    },
  } as never;
  const takeUp = createTakeUp(options);
  const shutOut = async () => {
    await createShutOut(options)({ ref: job('a').ref, jobId: 'a' });
    return did;
  };
  const take = async () => {
    const started = await takeUp(
      { ref: job('a').ref, jobId: 'a' },
      async ({ fence }) => void did.push(`began ${fence}`),
    );
    await started?.ended;
    return did;
  };
  return { take, shutOut, before, claims, root, did };
}

/** A conversion of the model so far of the training b, which a process had that died. */
const conversion = job('a', 'active', { kind: 'convert', early: true, inputOf: 'b', fence: 1 });

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

describe('a conversion of the model so far', () => {
  it('waits where its training is seen to be finishing once the claim is made', async () => {
    const finishing = job('b', 'active', { finishing: true });
    for (const [training, did] of [
      [job('b', 'active'), ['wrote waiting', 'began 2']],
      [finishing, ['wrote waiting']],
    ] as const) {
      const { take, before } = await takerOf(conversion, { training });
      await before.claim(job('a'));
      assert.deepEqual(await take(), did);
    }
  });

  it('is taken away from who has died with it: it waits, and what that one does counts no more', async () => {
    const { shutOut, before, claims } = await takerOf(conversion);
    await before.claim(job('a'));
    assert.deepEqual(await shutOut(), ['wrote waiting']);
    assert.deepEqual([before.isHeld('a'), claims.has('a')], [false, false]);
    assert.ok(!(await before.decide({ ...conversion, fence: 1 }, FAILED, '/any/made')));
  });

  it('ends as was decided or cancelled before it was taken away', async () => {
    const decided = await takerOf(conversion);
    mkdirSync(join(decided.root, 'made'));
    await decided.before.decide({ ...conversion, fence: 1 }, FAILED, join(decided.root, 'made'));
    assert.deepEqual(await decided.shutOut(), ['put made in place', 'ended failed']);
    const cancelled = await takerOf(conversion);
    await cancelled.before.cancel(conversion, { cancelled: reasonOf('cancelled') });
    assert.deepEqual(await cancelled.shutOut(), ['ended cancelled']);
    for (const over of [undefined, job('a', 'completed')]) assert.deepEqual(await (await takerOf(over)).shutOut(), []);
  });
});
