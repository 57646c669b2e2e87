import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import type { JobRegistry } from '../../src/jobs/job-registry.ts';
import { isWorthNotifying } from '../../src/jobs/domain/positions.ts';
import type { RunOptions } from '../../src/jobs/run/run.ts';
import { createScheduler } from '../../src/jobs/scheduler.ts';

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
      // Nothing is started, so nothing is run.
      const scheduler = createScheduler({
        slots: [],
        slotsBeside: [],
        onQueue: () => undefined,
        slices: { leastS: 20, costs: 20 },
        hasRoom: async () => true,
        registry,
        pool: { prepare: () => undefined },
        run: {} as RunOptions,
        finalize: async (job) => job,
        onStart: () => undefined,
        onEnded: () => undefined,
      });
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

describe('a place in the queue', () => {
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
