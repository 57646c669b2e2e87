import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { createFreeSlots } from '../../src/jobs/domain/free-slots.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { nextStart } from '../../src/jobs/domain/next-start.ts';
import { queueItemOf } from '../../src/jobs/domain/next-turn.ts';
import { positionsOf } from '../../src/jobs/domain/positions.ts';
import { mostSharing } from '../../src/jobs/domain/slots.ts';
import { job } from '../helpers/job.ts';

// The seconds that waiting jobs are told, beside those after which the rules of the slots start them.

const JOB_S = 30;
const TIMES = { durations: { of: () => JOB_S, note: () => undefined }, sliceOf: () => Number.POSITIVE_INFINITY };
const slotOf = (threads: number) => ({ index: 0, device: 'cpu', threads });

/** A job of photos, one of sounds, or one of sounds that has one thread since an earlier turn. */
function jobOf(kind: 'photos' | 'sounds' | 'thread', at: number): Job {
  const id = `${at}`;
  const ref = { workspace: '', id };
  if (kind === 'photos') return job(id, 'waiting', { ref });
  const yielded = { epoch: 1, maxEpoch: 9, round: 0, remainingS: JOB_S };
  const begun = kind === 'thread' ? ({ oneThread: true, yielded } as const) : {};
  return job(id, 'waiting', { ref, projectType: 'VOICE_CLASSIFICATION', ...begun });
}

/** When each of these jobs starts on one slot, in their order, if each takes JOB_S. */
function startsOf(waiting: readonly Job[], threads: number): number[] {
  const free = createFreeSlots([slotOf(threads)], []);
  const sharing = mostSharing([slotOf(threads)]);
  const queued = [...waiting];
  const running: { readonly endS: number; readonly slot: ReturnType<typeof slotOf> }[] = [];
  const starts: number[] = [];
  const queue = { next: (_mayStart: unknown, most: number) => queued.slice(0, most).map(queueItemOf) };
  const jobOfId = (id: string) => queued.find((one) => one.id === id);
  for (let nowS = 0; ; ) {
    const options = { queue, mayStart: () => true, jobOf: jobOfId, free, sharing, hasMemory: () => true };
    for (let start = nextStart(options); start; start = nextStart(options)) {
      const slot = free.take(start.want);
      queued.shift();
      // no two end in the same moment
      if (slot) running.push({ endS: nowS + JOB_S + starts.length / 1000, slot });
      starts.push(nowS);
    }
    const ended = running.shift();
    if (ended === undefined) return starts;
    nowS = ended.endS;
    free.give(ended.slot);
  }
}

it('waiting jobs are told when they start, also where some of them share the slot', () => {
  const kinds = fc.array(fc.constantFrom('photos', 'sounds', 'sounds', 'thread'), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(kinds, fc.integer({ min: 1, max: 8 }), (each, threads) => {
      const waiting = each.map(jobOf);
      const told = [...positionsOf(waiting, [], 1, TIMES, mostSharing([slotOf(threads)])).values()];
      assert.deepEqual(
        told.map(({ etaS }) => etaS),
        startsOf(waiting, threads).map(Math.round),
      );
    }),
  );
});
