import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { priorityOf, scoreOf } from '../../src/cluster/bull.ts';
import { createTaker, type Puller, type Taken } from '../../src/cluster/taker.ts';
import { job } from '../helpers/job.ts';

const TAKEN = { jobId: 'a' } as Taken;

/** A taker over connections that each behave in one way; which of them was closed. */
function takerOver(pulls: readonly (() => Promise<Taken | undefined>)[], waiting: number, silenceMs = 20) {
  const closed: number[] = [];
  let made = 0;
  let now = 0;
  const taker = createTaker({
    make(): Puller {
      const own = made;
      made += 1;
      return { pull: pulls[own] ?? assert.fail('too many connections'), close: () => void closed.push(own) };
    },
    waiting: async () => waiting,
    silenceMs,
    onRecreated: () => undefined,
    onError: () => undefined,
    now: () => (now += 15),
  });
  return { taker, closed };
}

describe('who takes jobs from the queue', () => {
  it('makes a new connection where one gives no answer', async () => {
    const { taker, closed } = takerOver([() => new Promise(() => undefined), async () => TAKEN], 1);
    assert.equal(await taker.take(), undefined);
    assert.deepEqual(closed, [0]);
    assert.equal(await taker.take(), TAKEN);
  });

  it('makes a new connection where one gives nothing though jobs wait, and keeps it where none wait', async () => {
    const overlooks = takerOver([async () => undefined, async () => TAKEN], 1);
    for (let n = 0; n < 3; n += 1) await overlooks.taker.take();
    assert.deepEqual(overlooks.closed, [0]);
    assert.equal(await overlooks.taker.take(), TAKEN);
    const empty = takerOver([async () => undefined], 0);
    for (let n = 0; n < 20; n += 1) await empty.taker.take();
    assert.deepEqual(empty.closed, []);
  });

  it('makes a new connection where one fails', async () => {
    const { taker, closed } = takerOver([() => Promise.reject(new Error('gone')), async () => TAKEN], 1);
    assert.equal(await taker.take(), undefined);
    assert.equal(await taker.take(), TAKEN);
    assert.deepEqual(closed, [0]);
  });
});

describe('the place of a job in Redis', () => {
  const waiting = (round: number, since: string, more: object = {}) => ({
    ...job(since),
    place: { round, since },
    ...more,
  });

  it('begun jobs go first, then rounds, within one by the time of the place', () => {
    const begun = { ...waiting(9, '0mx000009-a'), attempt: 1 };
    const jobs = [begun, waiting(0, '0mx000002-a'), waiting(0, '0mx000003-a'), waiting(1, '0mx000001-a')];
    const scores = jobs.map((one) => scoreOf(one, priorityOf(one, one.place.round)));
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(scores).size, 4);
  });

  it('never leaves what the queue can hold, however many rounds there are', () => {
    const far = priorityOf(waiting(0, '0mx000001-a'), 10_000_000);
    assert.equal(far, 2 ** 21 - 1);
    assert.ok(Number.isSafeInteger(scoreOf(waiting(0, 'zzzzzzzzz-a'), far)));
    assert.equal(priorityOf(waiting(0, '0mx000001-a'), -5), 2);
  });
});
