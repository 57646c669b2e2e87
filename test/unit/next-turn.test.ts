import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createMemoryQueue } from '../../src/jobs/domain/memory-queue.ts';
import { lastRoundOf, mayStartNow, placeAfterTurn, queueItemOf, waitsLonger } from '../../src/jobs/domain/next-turn.ts';
import { job } from '../helpers/job.ts';

describe('the round in which a job was started last', () => {
  const place = { round: 4, since: 'j', again: true } as const;
  const yielded = { epoch: 3, maxEpoch: 9, round: 3 };
  it('is that of its turn, or the one before where it waits for a further turn', () => {
    const rounds = [
      job('j', 'waiting', { place }),
      job('j', 'active', { place, attempt: 1 }),
      job('j', 'waiting', { place, stopped: true }),
      job('j', 'waiting', { place, yielded }),
      job('j', 'active', { place, yielded, attempt: 1 }),
    ].map(lastRoundOf);
    assert.deepEqual(rounds, [undefined, 4, 4, 3, 4]);
  });
});

const running = (one: Job, isFinishing = false) => ({ job: one, isFinishing });

describe('a job may start', () => {
  it('once its project is free and has no older one', () => {
    const [a, b, c] = [job('a'), job('b'), job('c')];
    assert.deepEqual(
      [mayStartNow(b, [], [c, b]), mayStartNow(b, [running(c)], [b]), mayStartNow(b, [], [b, a])],
      [true, false, false],
    );
  });

  it('beside its training, if it is a conversion of the model so far and the training does not put its own in place', () => {
    const training = job('a', 'active');
    const early = job('b', 'waiting', { kind: 'convert', inputOf: 'a', early: true });
    const other = job('0', 'active');
    const open = [early, training];
    assert.deepEqual(
      [
        mayStartNow(early, [running(training)], open),
        mayStartNow(early, [running(training, true)], open),
        mayStartNow(early, [running(training), running(other)], open),
        mayStartNow({ ...early, early: undefined } as never, [running(training)], open),
        mayStartNow(training, [running(early)], open),
      ],
      [true, false, false, false, true],
    );
  });
});

describe('a training that leaves its turn', () => {
  it('waits longer if it has not improved, or has a good model and had no quick one', () => {
    const sounds = job('j', 'active', { projectType: 'VOICE_CLASSIFICATION' });
    const [improving, stalled] = [
      { max_epoch: 30, since_best: 5 },
      { max_epoch: 30, since_best: 6 },
    ];
    assert.deepEqual(
      [
        waitsLonger(sounds, improving, false),
        waitsLonger(sounds, stalled, false),
        waitsLonger(sounds, improving, true),
        waitsLonger(job('j', 'active'), improving, true),
      ],
      [false, true, true, false],
    );
  });
});

describe('the place of a training that leaves its turn', () => {
  const from = (address: string) => ({ workspace: '', address });
  const leaving = job('j', 'active', { client: from('1') });
  const waiting = (id: string, address: string, round: number) =>
    job(id, 'waiting', { client: from(address), place: { round, since: id } });
  const roundFor = (isLonger: boolean, jobs: Job[], mayStart = (_id: string) => true) => {
    const queue = createMemoryQueue();
    queue.noteStarted('/1', { round: 0, since: 'j' });
    for (const each of jobs) queue.add(queueItemOf(each));
    const place = placeAfterTurn(queue, mayStart, leaving, isLonger);
    assert.deepEqual([place.since, place.again], ['j', true]);
    return place.round;
  };

  it('is in the next round, and one further back if it is to wait longer', () => {
    assert.equal(roundFor(false, []), 1);
    assert.equal(roundFor(true, []), 2);
  });

  it("is behind its own client's other jobs, whatever those of others have", () => {
    assert.equal(roundFor(false, [waiting('k', '1', 1), waiting('l', '2', 5)]), 2);
  });

  it('is behind the next job that may start, over rounds in which none may', () => {
    const jobs = [waiting('a', '2', 0), waiting('b', '3', 4)];
    assert.equal(roundFor(false, jobs), 1);
    const onlyLater = (id: string) => id === 'b';
    assert.equal(roundFor(false, jobs, onlyLater), 4);
  });
});

describe('a job in the queue', () => {
  it('counts for its client and the group that shares its limit, and goes first if it had begun', () => {
    const client = { workspace: 'room', address: '2001:db8:1:2::7' };
    const { clientKey, group, begun } = queueItemOf(job('a', 'waiting', { client, stopped: true }));
    assert.deepEqual([clientKey, begun], ['room/2001:db8:1:2::7', true]);
    const neighbour = queueItemOf(job('b', 'waiting', { client: { ...client, address: '2001:db8:1:2::8' } }));
    assert.deepEqual([neighbour.group, neighbour.begun], [group, false]);
    const elsewhere = queueItemOf(job('c', 'waiting', { client: { ...client, workspace: '' } }));
    assert.notEqual(elsewhere.group, group);
  });
});
