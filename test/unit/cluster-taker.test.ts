import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { priorityOf, scoreOf } from '../../src/cluster/bull.ts';
import { createTaker, type Puller, type Taken } from '../../src/cluster/taker.ts';
import { job } from '../helpers/job.ts';

const TAKEN = { jobId: 'a' } as Taken;

/** A taker over connections that each behave in one way, and what it did. `atMs`: when each look at the clock happens. */
function takerOver(
  pulls: readonly (() => Promise<Taken | undefined>)[],
  waiting: number,
  atMs: readonly number[] = Array.from({ length: 100 }, (_, index) => 15 * index),
) {
  const did = { closed: [] as number[], recreated: 0, errors: [] as string[], asked: 0 };
  let made = 0;
  let looks = 0;
  const taker = createTaker({
    make(): Puller {
      const own = made;
      made += 1;
      return { pull: pulls[own] ?? assert.fail('too many connections'), close: () => void did.closed.push(own) };
    },
    async waiting() {
      did.asked += 1;
      return waiting;
    },
    silenceMs: 20,
    onRecreated: () => void (did.recreated += 1),
    onError: ({ message }) => void did.errors.push(message),
    now: () => atMs[looks++] ?? assert.fail('the clock was asked too often'),
  });
  return { taker, did };
}

/** Gives these, one after the other. */
function inTurn(...answers: readonly (Taken | undefined | Error)[]): () => Promise<Taken | undefined> {
  let next = 0;
  return async () => {
    const answer = answers[next++];
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

describe('who takes jobs from the queue', () => {
  it('makes a new connection where one gives no answer', async () => {
    const { taker, did } = takerOver([() => new Promise(() => undefined), async () => TAKEN], 1);
    assert.equal(await taker.take(), undefined);
    assert.deepEqual([did.closed, did.recreated, did.errors.length], [[0], 1, 1]);
    assert.equal(await taker.take(), TAKEN);
  });

  it('makes a new connection where one gives nothing though jobs wait, and keeps it where none wait', async () => {
    const overlooks = takerOver([async () => undefined, async () => TAKEN], 1);
    for (let n = 0; n < 3; n += 1) await overlooks.taker.take();
    assert.deepEqual([overlooks.did.closed, overlooks.did.recreated], [[0], 1]);
    assert.equal(await overlooks.taker.take(), TAKEN);
    const empty = takerOver([async () => undefined], 0);
    for (let n = 0; n < 20; n += 1) await empty.taker.take();
    assert.deepEqual(empty.did.closed, []);
  });

  it('makes a new connection where one fails, says why, and closes the last one in the end', async () => {
    const { taker, did } = takerOver([inTurn(new Error('gone')), async () => TAKEN], 1);
    assert.equal(await taker.take(), undefined);
    assert.equal(await taker.take(), TAKEN);
    assert.deepEqual([did.closed, did.errors], [[0], ['gone']]);
    taker.close();
    assert.deepEqual(did.closed, [0, 1]);
  });

  it('counts the silence of a connection from its first empty answer after a job', async () => {
    const { taker, did } = takerOver([inTurn(undefined, TAKEN, undefined)], 1, [0, 1, 30, 31]);
    for (let n = 0; n < 3; n += 1) await taker.take();
    assert.deepEqual(did.closed, []);
  });

  it('counts the silence of a new connection anew', async () => {
    const { taker, did } = takerOver([inTurn(undefined, new Error('gone')), inTurn(undefined)], 1, [0, 1, 30, 31]);
    for (let n = 0; n < 3; n += 1) await taker.take();
    assert.deepEqual(did.closed, [0]);
  });

  it('asks how many wait once in each time of silence', async () => {
    const { taker, did } = takerOver([async () => undefined], 0, [0, 1, 25, 26, 27, 28, 50, 51]);
    for (let n = 0; n < 5; n += 1) await taker.take();
    assert.equal(did.asked, 2);
  });
});

describe('the place of a job in Redis', () => {
  const waiting = (round: number, since: string, more: object = {}) => ({
    ...job(since),
    place: { round, since },
    ...more,
  });

  it('begun jobs go first, then rounds; within one those that run again go last, else by the time of the place', () => {
    const begun = { ...waiting(9, '0mx000009-a'), attempt: 1 };
    const again = waiting(0, '0mx000001-a', { place: { round: 0, since: '0mx000001-a', again: true } });
    const jobs = [begun, waiting(0, '0mx000002-a'), waiting(0, '0mx000003-a'), again, waiting(1, '0mx000001-a')];
    const scores = jobs.map((one) => scoreOf(one, priorityOf(one, one.place.round)));
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(scores).size, 5);
  });

  it('never leaves what the queue can hold, however many rounds there are', () => {
    const far = priorityOf(waiting(0, '0mx000001-a'), 10_000_000);
    assert.equal(far, 2 ** 21 - 1);
    assert.ok(Number.isSafeInteger(scoreOf(waiting(0, 'zzzzzzzzz-a'), far)));
    assert.equal(priorityOf(waiting(0, '0mx000001-a'), -5), 2);
  });
});
