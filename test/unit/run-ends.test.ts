import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createProgress } from '../../src/jobs/domain/progress.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { end } from '../../src/jobs/domain/transition.ts';
import type { JobRegistry } from '../../src/jobs/job-registry.ts';
import type { StopCause } from '../../src/jobs/run/attempts.ts';
import type { Run, RunOptions } from '../../src/jobs/run/run.ts';
import { createRunEnds } from '../../src/jobs/run-ends.ts';
import { job } from '../helpers/job.ts';

const event = { event: 'yielded', time: 1, epoch: 3, max_epoch: 9, since_best: 1 } as const;
const place = { round: 1, since: 'j', again: true } as const;

/** A training that leaves its turn, stopped or failing while its state is written. */
async function leaveTurn({ stopped, fault }: { stopped?: StopCause; fault?: Error }) {
  const saved: Job[] = [];
  const ended: Job[] = [];
  let released = 0;
  let cause: StopCause | undefined;
  const run = {
    job: job('j', 'active', { attempt: 1 }),
    slot: { index: 0, device: 'cpu', threads: 1 },
    progress: createProgress(),
    ended: Promise.resolve({ yielded: event }),
    get stopped() {
      return cause;
    },
    isAsked: false,
    isFinishing: false,
    askToYield: () => undefined,
    stop: async () => undefined,
  } satisfies Run;
  const ends = createRunEnds(
    {
      slots: [],
      slotBeside: { index: 0, device: 'cpu', threads: 1 },
      registry: { log: () => ({ release: () => (released += 1) }) } as unknown as JobRegistry,
      pool: { prepare: () => undefined },
      run: {
        async save(written: Job) {
          cause = stopped;
          if (fault) throw fault;
          saved.push(written);
        },
        report: () => undefined,
      } as unknown as RunOptions,
      finalize: async (of, ending) => end(of, ending, 9),
      onStart: () => undefined,
      onEnded: (of) => void ended.push(of),
      placeAgain: () => place,
      onYielded: () => undefined,
      overAfter: () => 0,
      noteResumed: () => undefined,
      onStartedOver: () => undefined,
    },
    { isClosed: () => false, onFinished: () => undefined },
  );
  const waiting = await ends.after(run);
  return { waiting, saved, ended: ended.map(({ state, reason }) => [state, reason?.code]), released };
}

describe('a training that leaves its turn', () => {
  it('waits, on disk first, and its log is no longer held open', async () => {
    const { waiting, saved, ended, released } = await leaveTurn({});
    assert.deepEqual([waiting?.state, waiting?.place, waiting?.yielded?.epoch], ['waiting', place, 3]);
    assert.deepEqual([saved, ended, released], [[waiting], [], 1]);
  });

  it('is cancelled by a cancel that comes in that moment', async () => {
    const { waiting, ended } = await leaveTurn({ stopped: { cancelled: reasonOf('cancelled') } });
    assert.deepEqual([waiting, ended], [undefined, [['cancelled', 'cancelled']]]);
  });

  it('goes on after a stop of the server that comes in that moment', async () => {
    const { waiting, saved, ended } = await leaveTurn({ stopped: 'interrupted' });
    assert.deepEqual([waiting, saved.map(({ state }) => state), ended], [undefined, ['waiting'], []]);
  });

  it('fails with a sentence where the disk does not take its state, so that nobody waits for it', async () => {
    const { waiting, ended } = await leaveTurn({ fault: Object.assign(new Error('full'), { code: 'ENOSPC' }) });
    assert.deepEqual([waiting, ended], [undefined, [['failed', 'disk_full']]]);
  });
});
