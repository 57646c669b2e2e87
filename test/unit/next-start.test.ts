import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Want } from '../../src/jobs/domain/free-slots.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { countStarts, nextStart } from '../../src/jobs/domain/next-start.ts';
import { queueItemOf } from '../../src/jobs/domain/next-turn.ts';
import { job } from '../helpers/job.ts';

const sounds = (id: string, more: Partial<Job> = {}) =>
  job(id, 'waiting', { projectType: 'VOICE_CLASSIFICATION', ...more });
const photos = (id: string) => job(id, 'waiting');

interface Given {
  readonly waiting: readonly Job[];
  readonly free: readonly Exclude<Want, 'beside'>[];
  /** How many slots nobody has. */
  readonly slots?: number;
  readonly hasFreeThread?: boolean;
  readonly sharing?: number;
  readonly hasMemory?: boolean;
}

/** What starts, as `id want`. */
function started(given: Given): string | undefined {
  const { waiting, free, hasFreeThread = false, sharing = 2, hasMemory = true } = given;
  const { slots = free.includes('slot') ? 1 : 0 } = given;
  const start = nextStart({
    queue: { next: (_isWanted, most) => waiting.slice(0, most).map(queueItemOf) },
    mayStart: () => true,
    jobOf: (id) => waiting.find((one) => one.id === id),
    free: { has: (want) => want !== 'beside' && free.includes(want), slots, hasFreeThread },
    sharing,
    hasMemory: () => hasMemory,
  });
  return start && `${start.id} ${start.want}`;
}

const WHOLE = { free: ['slot', 'thread'] } as const;
/** Others share the only slot, and one thread of it is free. */
const BESIDE = { free: ['thread'], hasFreeThread: true } as const;

describe('a training of sounds', () => {
  it('has a whole slot where no other one waits', () => {
    assert.equal(started({ ...WHOLE, waiting: [sounds('a')] }), 'a slot');
    assert.equal(started({ ...WHOLE, waiting: [sounds('a'), photos('b')] }), 'a slot');
  });

  it('has one thread where others like it wait behind it or share the slot', () => {
    assert.equal(started({ ...WHOLE, waiting: [sounds('a'), sounds('b')] }), 'a thread');
    assert.equal(started({ ...BESIDE, waiting: [sounds('b')] }), 'b thread');
  });

  it('has one thread only where so many wait that all threads are taken', () => {
    const three = [sounds('a'), sounds('b'), sounds('c')];
    assert.equal(started({ ...WHOLE, sharing: 4, waiting: three }), 'a slot');
    assert.equal(started({ ...WHOLE, sharing: 4, waiting: [...three, photos('d')] }), 'a slot');
    assert.equal(started({ ...WHOLE, sharing: 4, waiting: [...three, sounds('d'), photos('e')] }), 'a thread');
    assert.equal(started({ ...BESIDE, sharing: 4, waiting: [sounds('b')] }), 'b thread');
    assert.equal(started({ ...WHOLE, sharing: 1, waiting: three }), 'a slot');
  });

  it('has a slot of its own where as many are free as wait', () => {
    const four = ['a', 'b', 'c', 'd'].map((id) => sounds(id));
    assert.equal(started({ ...WHOLE, slots: 2, waiting: four.slice(0, 2) }), 'a slot');
    assert.equal(started({ ...WHOLE, slots: 2, waiting: four.slice(0, 3) }), 'a thread');
    assert.equal(started({ ...WHOLE, slots: 2, waiting: [...four.slice(0, 2), photos('p')] }), 'a slot');
    assert.equal(started({ ...WHOLE, slots: 2, sharing: 4, waiting: four }), 'a slot');
    assert.equal(started({ ...WHOLE, slots: 2, sharing: 4, waiting: [...four, sounds('e')] }), 'a thread');
  });

  it('has a slot that is free rather than a thread of one that others share', () => {
    assert.equal(started({ ...WHOLE, hasFreeThread: true, waiting: [sounds('a')] }), 'a slot');
    assert.equal(started({ ...WHOLE, hasFreeThread: true, waiting: [sounds('a'), sounds('b')] }), 'a thread');
  });

  it('keeps its threads in later turns', () => {
    const yielded = { epoch: 1, maxEpoch: 9, round: 0 };
    const [one, whole] = [sounds('a', { oneThread: true, yielded }), sounds('a', { yielded })];
    assert.equal(started({ ...WHOLE, waiting: [one] }), 'a thread');
    assert.equal(started({ ...WHOLE, waiting: [whole, sounds('b')] }), 'a slot');
    assert.equal(started({ ...BESIDE, waiting: [whole, sounds('b')] }), undefined);
    for (const begun of [{ attempt: 1 }, { stopped: true as const }])
      assert.equal(started({ ...WHOLE, waiting: [sounds('a', begun), sounds('b')] }), 'a slot');
    assert.equal(started({ ...WHOLE, waiting: [sounds('b'), whole] }), 'b slot', 'which will not share with it');
  });

  it('does not begin beside others with too little memory, but takes a slot that is free', () => {
    assert.equal(started({ ...BESIDE, waiting: [sounds('b')], hasMemory: false }), undefined);
    assert.equal(started({ ...BESIDE, waiting: [sounds('b', { oneThread: true })], hasMemory: false }), undefined);
    assert.equal(started({ ...WHOLE, waiting: [sounds('a'), sounds('b')], hasMemory: false }), 'a slot');
    assert.equal(started({ ...WHOLE, hasFreeThread: true, waiting: [sounds('b')], hasMemory: false }), 'b slot');
    const one = sounds('b', { oneThread: true });
    assert.equal(started({ ...WHOLE, waiting: [one], hasMemory: false }), 'b thread');
    assert.equal(started({ ...WHOLE, hasFreeThread: true, waiting: [one], hasMemory: false }), 'b thread');
  });
});

describe('what waits', () => {
  it('counts as far as others could leave their turn for it', () => {
    const waiting = ['a', 'b', 'c', 'd'].map((id) => queueItemOf(photos(id)));
    const queue = { next: (_isWanted: unknown, most: number) => waiting.slice(0, most) };
    const count = (slots: number, running: number) => countStarts({ queue, mayStart: () => true }, slots, running);
    assert.deepEqual([count(1, 0), count(1, 1), count(1, 3), count(3, 1), count(9, 9)], [1, 1, 3, 3, 4]);
  });
});

describe('any other job', () => {
  it('waits for a whole slot, and nobody behind it overtakes it', () => {
    assert.equal(started({ ...BESIDE, waiting: [photos('a'), sounds('b')] }), undefined);
    assert.equal(started({ ...WHOLE, waiting: [photos('a'), sounds('b')] }), 'a slot');
    const conversion = sounds('c', { kind: 'convert' });
    assert.equal(started({ ...WHOLE, waiting: [conversion, sounds('b')] }), 'c slot');
    assert.equal(started({ ...WHOLE, waiting: [sounds('b'), conversion] }), 'b slot');
  });

  it('starts where nobody waits for nothing', () => {
    assert.equal(started({ ...WHOLE, waiting: [] }), undefined);
    assert.equal(started({ free: [], waiting: [photos('a')] }), undefined);
  });
});
