import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDurations, createResumeCosts, estimateWaits, type Work } from '../../src/jobs/domain/estimate.ts';
import { PROJECT_TYPES } from '../../src/projects/project.ts';

/** A job without turns, or one whose turn ends after so many seconds. */
const work = (leftS: number, turnS = Number.POSITIVE_INFINITY, round = 0): Work => ({ leftS, turnS, round });
const whole = (...seconds: number[]) => seconds.map((leftS) => work(leftS));

describe('estimates', () => {
  it('let each waiting job take the slot that is free first', () => {
    assert.deepEqual(estimateWaits(whole(30), whole(100, 10), 1), [30, 130]);
    assert.deepEqual(estimateWaits(whole(30, 50), whole(100, 10, 10), 2), [30, 50, 60]);
    assert.deepEqual(estimateWaits([], whole(5), 2), [0]);
    assert.deepEqual(estimateWaits(whole(30), whole(10, 10), 2), [0, 10]);
  });

  it('count a turn of each training before, and not the whole of it', () => {
    const class40 = Array.from({ length: 39 }, () => work(200, 30));
    assert.deepEqual(estimateWaits([work(190, 20)], class40, 1).slice(0, 3), [20, 50, 80]);
  });

  it('count further turns of the others before a job of a later round', () => {
    // One runs and two wait in round 0, 3, 2 and 1 turns in all; a second job of the first client comes in round 2.
    const waits = estimateWaits([work(25, 10)], [work(20, 10), work(10, 10), work(10, 10, 2)], 1);
    assert.deepEqual(waits, [0 + 10, 20, 30 + 0]);
    // In round 1 the two that are not done had another turn before round 2 begins.
    assert.deepEqual(estimateWaits([work(25, 10)], [work(20, 10), work(9, 10, 1), work(10, 10, 2)], 1), [10, 20, 49]);
    // two slots share those turns
    assert.deepEqual(estimateWaits([work(25, 10)], [work(20, 10), work(9, 10, 1), work(10, 10, 2)], 2), [0, 10, 20]);
  });

  describe('where jobs share a slot', () => {
    const thread = (leftS: number, turnS = Number.POSITIVE_INFINITY) => ({ ...work(leftS, turnS), sharing: 2 });
    const running = (...seconds: number[]) => seconds.map((leftS) => ({ ...thread(leftS), sharedSlot: 0 }));

    it('let the next one take a thread that is free first, and the whole slot when all are', () => {
      assert.deepEqual(estimateWaits(running(10, 20), [thread(30), thread(5), work(7)], 1, 2), [10, 20, 40]);
      assert.deepEqual(estimateWaits(running(10, 20), [work(7), thread(30), work(5)], 1, 2), [20, 27, 57]);
      assert.deepEqual(estimateWaits(running(20), [thread(7), thread(9), work(5)], 1, 2), [0, 7, 20]);
      assert.deepEqual(estimateWaits([{ ...thread(20, 4), sharedSlot: 0 }], [work(5)], 1, 2), [4]);
    });

    it('let nobody overtake who waits for a slot', () => {
      assert.deepEqual(estimateWaits([...running(50, 60), ...whole(40)], [work(7), thread(5)], 2, 2), [40, 47]);
      assert.deepEqual(estimateWaits([...running(50), ...whole(40)], [work(7), thread(5)], 2, 2), [40, 40]);
    });

    it('begin to share a slot only where none that is shared has a free thread by then', () => {
      assert.deepEqual(estimateWaits(running(30, 40), [thread(9), thread(9), thread(9)], 2, 2), [0, 0, 9]);
      assert.deepEqual(estimateWaits(running(30), [thread(9), work(5), work(6)], 2, 2), [0, 0, 5]);
    });

    it('look at all slots that are shared', () => {
      const [one, other] = [running(10, 40), running(20, 25).map((of) => ({ ...of, sharedSlot: 1 }))];
      for (const both of [
        [...one, ...other],
        [...other, ...one],
      ])
        assert.deepEqual(estimateWaits(both, [thread(30), work(7)], 2, 2), [10, 25]);
    });

    it('count a part of their further turns before a later round', () => {
      const later = { ...work(1), round: 1 };
      assert.deepEqual(estimateWaits([], [thread(30, 10), thread(10, 10), later], 1, 2), [0, 0, 10]);
      assert.deepEqual(estimateWaits([], [thread(30, 10), later, { ...later, round: 2 }], 1, 2), [0, 10, 16]);
    });
  });

  it('look a hundred turns ahead and no further, however long a training is', () => {
    const rounds = Array.from({ length: 150 }, (_, round) => work(0, 20, round));
    const waits = estimateWaits([work(20_000_000, 20)], rounds, 1);
    assert.deepEqual([waits[0], waits[1], waits[2], waits[149]], [20, 20, 40, 20 + 99 * 20]);
  });

  it('learn how long jobs take here', () => {
    const durations = createDurations();
    assert.equal(durations.of('train'), 120);
    durations.note('train', 10);
    durations.note('train', 20);
    assert.equal(durations.of('train'), 13);
  });

  it('learn what going on costs, for each type of project', () => {
    const costs = createResumeCosts();
    const known = () => PROJECT_TYPES.map((type) => costs.of(type));
    assert.deepEqual(known(), [1, 0.7, 0.5]);
    costs.note('OBJECT_DETECTION', 6);
    assert.deepEqual(known(), [1, 6, 0.5]);
  });
});
