import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobRegistry } from '../../src/jobs/job-registry.ts';
import type { RunOptions } from '../../src/jobs/run/run.ts';
import { createRunner, type Part, type RunnerOptions } from '../../src/jobs/runner.ts';
import type { Turns } from '../../src/jobs/run-ends.ts';
import { job } from '../helpers/job.ts';

/** A runner with one slot whose jobs cannot be started. `noted`: what becomes of them. */
function failing() {
  const noted: string[] = [];
  const options: Partial<RunnerOptions & Turns> = {
    slots: [{ index: 0, device: 'cpu', threads: 2 }],
    slotsBeside: [],
    onStart() {
      throw new Error('no room');
    },
    onEnded: ({ id }) => void noted.push(`${id} ended`),
    finalize: async (failed, { state }) => {
      noted.push(`${failed.id} ${state}`);
      return failed;
    },
    registry: {} as JobRegistry,
    run: { report: (error: unknown) => void noted.push(String(error)) } as unknown as RunOptions,
  };
  return { noted, runner: createRunner(options as RunnerOptions & Turns) };
}

describe('a job that cannot be started', () => {
  for (const part of ['whole', 'thread'] as const satisfies readonly Part[])
    it(`fails, and leaves its ${part === 'whole' ? 'slot' : 'thread of a slot'} to the next one`, async () => {
      const { noted, runner } = failing();
      assert.equal(runner.begin(job('a', 'waiting'), part), undefined);
      assert.deepEqual([runner.free.has('slot'), runner.free.hasFreeThread], [true, false]);
      await new Promise(setImmediate);
      assert.deepEqual(noted, ['Error: no room', 'a failed', 'a ended']);
      assert.equal(runner.running().length, 0);
    });
});
