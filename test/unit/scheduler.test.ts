import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import type { JobRegistry } from '../../src/jobs/job-registry.ts';
import { isWorthNotifying } from '../../src/jobs/domain/positions.ts';
import type { RunOptions } from '../../src/jobs/run/run.ts';
import { createScheduler, type SchedulerOptions } from '../../src/jobs/scheduler.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { job } from '../helpers/job.ts';

/** Nothing is started, so nothing is run. */
function withoutSlots(registry: JobRegistry, more: Partial<SchedulerOptions> = {}) {
  return createScheduler({
    slots: [],
    slotsBeside: [],
    onQueue: () => undefined,
    slices: { leastS: 20, costs: 20 },
    hasMemory: () => true,
    hasRoom: async () => true,
    registry,
    pool: { prepare: () => undefined },
    run: {} as RunOptions,
    finalize: async (ended) => ended,
    onStart: () => undefined,
    onEnded: () => undefined,
    ...more,
  });
}

describe('GET /jobs', () => {
  it('looks at each waiting job a few times, not once for every other', () => {
    const looksPerJob = (count: number) => {
      const jobs = new Map<string, Job>();
      let looks = 0;
      const registry = {
        get: (id: string) => {
          looks += 1;
          return jobs.get(id);
        },
        openOf: () => [],
      } as unknown as JobRegistry;
      const scheduler = withoutSlots(registry);
      for (let n = 0; n < count; n += 1) {
        const id = `j${String(n).padStart(5, '0')}`;
        const client = { workspace: '', address: String(n % 40) };
        const job: Job = {
          id,
          kind: 'train',
          state: 'waiting',
          ref: { workspace: '', id },
          projectType: 'IMAGE_CLASSIFICATION',
          board: 'b',
          client,
          owner: '',
          inputOf: id,
          place: scheduler.queue.placeFor(`/${client.address}`, id),
          createdAt: 1,
          attempt: 0,
        };
        jobs.set(id, job);
        scheduler.enqueue(job);
      }
      const outlookOf = scheduler.outlooks();
      assert.deepEqual(
        [...jobs.keys()].map((id) => outlookOf(id).position).sort((a, b) => Number(a) - Number(b)),
        Array.from({ length: count }, (_, n) => n + 1),
      );
      return looks / count;
    };
    assert.equal(looksPerJob(1_000), looksPerJob(50));
  });
});

/** A scheduler without slots in which a training waits for its next turn, as if it had left one in this moment. */
function waitsAfterTurn() {
  const left = job('old', 'waiting', { yielded: { epoch: 1, maxEpoch: 9, round: 0 } });
  const did: string[] = [];
  const scheduler = withoutSlots({ get: () => left, openOf: () => [left] } as unknown as JobRegistry, {
    finalize: async (ended, { reason }) => {
      did.push(`${ended.id}: ${reason?.code}`);
      return ended;
    },
    onEnded: ({ id }) => void did.push(`${id} has ended`),
  });
  scheduler.enqueue(left);
  return { scheduler, did };
}

describe('a training that has left its turn just before it is asked to stop', () => {
  it('is ended in the queue by a cancel', async () => {
    const { scheduler, did } = waitsAfterTurn();
    await scheduler.stop('old', { cancelled: reasonOf('cancelled') });
    assert.deepEqual([did, scheduler.isIdle()], [['old: cancelled', 'old has ended'], true]);
  });

  it('is ended before the one that replaces it is queued', async () => {
    const { scheduler, did } = waitsAfterTurn();
    await scheduler.replace('old', { cancelled: reasonOf('superseded') }, () => did.push('next'));
    assert.deepEqual([did, scheduler.isIdle()], [['old: superseded', 'old has ended', 'next'], true]);
  });

  it('waits on where only its log could not be written', async () => {
    const { scheduler, did } = waitsAfterTurn();
    await scheduler.stop('old', { failed: reasonOf('disk_full') });
    assert.deepEqual([did, scheduler.isIdle()], [[], false]);
  });
});

describe('a place in the queue', () => {
  it('comes with the time until then, shorter where trainings of sounds share a slot', () => {
    const secondsOf = (projectType: Job['projectType'], threads: number) => {
      const jobs = ['a', 'b', 'c'].map((id) => job(id, 'waiting', { ref: { workspace: '', id }, projectType }));
      const registry = { get: (id: string) => jobs.find((one) => one.id === id), openOf: () => [] };
      const slots = [{ index: 0, device: 'cpu', threads }];
      const scheduler = withoutSlots(registry as unknown as JobRegistry, { slots });
      for (const one of jobs) scheduler.enqueue(one);
      const outlookOf = scheduler.outlooks();
      return jobs.map(({ id }) => outlookOf(id).etaS);
    };
    assert.deepEqual(secondsOf('VOICE_CLASSIFICATION', 2), [0, 0, 20]);
    assert.deepEqual(secondsOf('VOICE_CLASSIFICATION', 1), [0, 20, 40]);
    assert.deepEqual(secondsOf('IMAGE_CLASSIFICATION', 2), [0, 20, 40]);
  });

  it('is sent whenever it changes, far back only where it changes much', () => {
    const worth = [
      [undefined, 5000],
      [3, 2],
      [100, 99],
      [1000, 999],
      [1000, 901],
      [1000, 899],
      [101, 100],
    ].map(([before, now]) => isWorthNotifying(before, Number(now)));
    assert.deepEqual(worth, [true, true, true, false, false, true, true]);
  });
});
