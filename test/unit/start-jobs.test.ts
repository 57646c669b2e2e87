import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFreeSlots } from '../../src/jobs/domain/free-slots.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createLanes } from '../../src/jobs/domain/lanes.ts';
import type { JobRegistry } from '../../src/jobs/job-registry.ts';
import type { Run } from '../../src/jobs/run/run.ts';
import { createStartJobs, slotsTaken } from '../../src/jobs/start-jobs.ts';
import { job } from '../helpers/job.ts';

const sounds = (id: string) => job(id, 'waiting', { projectType: 'VOICE_CLASSIFICATION' });
const photos = (id: string) => job(id, 'waiting');
const early = (id: string) => job(id, 'waiting', { kind: 'convert', early: true });

/** The jobs wait in this order, those in `held` for something else than a slot. */
function given(
  waiting: readonly Job[],
  { held = [] as readonly string[], hasMemory = true, threads = 2, gone = '', count = 1 } = {},
) {
  const slots = Array.from({ length: count + 2 }, (_, index) => ({ index, device: 'cpu', threads }));
  const free = createFreeSlots(slots.slice(0, count), slots.slice(count));
  const lanes = createLanes();
  for (const one of waiting) lanes.add(one);
  const begun: string[] = [];
  const running: Run[] = [];
  const runner = {
    free,
    running: () => running,
    begin(one: Job, part = '') {
      free.take(one.early ? 'beside' : part === 'thread' ? 'thread' : 'slot');
      begun.push(`${one.id} ${part}`);
      running.push({ job: one } as Run);
      return Promise.resolve();
    },
  };
  const registry = { get: (id: string) => waiting.find((one) => one.id === id && id !== gone) } as JobRegistry;
  const mayStart = (id: string) => !held.includes(id);
  const starts = createStartJobs(
    { slots: slots.slice(0, count), registry, hasMemory: () => hasMemory },
    lanes,
    runner,
    mayStart,
  );
  return { begun, lanes, starts };
}

describe('jobs that can start', () => {
  it('are taken out of the queue, those before them that cannot are not', () => {
    const { begun, lanes, starts } = given([photos('a'), photos('b'), photos('c')], { held: ['a'] });
    starts.fill(() => undefined);
    assert.deepEqual([begun, lanes.main.order().map(({ id }) => id)], [['b whole'], ['a', 'c']]);
    assert.equal(starts.waiting(), 1);
    assert.equal(given([photos('a'), photos('b'), photos('c')], { count: 2 }).starts.waiting(), 2, 'for two slots');
  });

  it('are taken out of the queue where they are gone, and take no slot', () => {
    const { begun, lanes, starts } = given([photos('a'), sounds('b'), sounds('c'), photos('d')], { gone: 'a' });
    starts.fill(() => undefined);
    assert.deepEqual([begun, lanes.main.order().map(({ id }) => id)], [['b thread', 'c thread'], ['d']]);
  });

  it('share a slot where they have sounds, if there is memory', () => {
    const waiting = [sounds('a'), sounds('b'), sounds('c'), sounds('d')];
    const { begun, starts } = given(waiting);
    starts.fill(() => undefined);
    assert.deepEqual([begun, starts.waiting()], [['a thread', 'b thread'], 2]);
    const short = given(waiting, { hasMemory: false });
    short.starts.fill(() => undefined);
    assert.deepEqual(short.begun, ['a whole']);
    const narrow = given(waiting, { threads: 1 });
    narrow.starts.fill(() => undefined);
    assert.deepEqual(narrow.begun, ['a whole'], 'there is one thread, which nobody shares');
  });

  it('share the processor where they convert models so far', () => {
    const { begun, starts } = given([early('a'), early('b'), early('c')]);
    starts.fill(() => undefined);
    assert.deepEqual(begun, ['a whole', 'b half']);
    const held = given([early('a'), early('b')], { held: ['a'] });
    held.starts.fill(() => undefined);
    assert.deepEqual(held.begun, ['b whole'], 'the training of the other is about to put its model in place');
  });

  it('say when their slot is free again', async () => {
    const { starts } = given([photos('a'), early('b')]);
    let freed = 0;
    starts.fill(() => void (freed += 1));
    await new Promise(setImmediate);
    assert.equal(freed, 2);
  });
});

describe('the slots that jobs have', () => {
  it('count once where several share one, and not where they are beside the others', () => {
    const on = (one: Job, index: number) => ({ job: one, slot: { index, device: 'cpu', threads: 1 } });
    const sharing = [on(sounds('a'), 0), on(sounds('b'), 0)];
    assert.deepEqual([slotsTaken([]), slotsTaken(sharing), slotsTaken([...sharing, on(photos('c'), 1)])], [0, 1, 2]);
    assert.equal(slotsTaken([...sharing, on(early('c'), 2)]), 1);
  });
});
