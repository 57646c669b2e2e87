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

  it('add up the times of jobs that share a slot', () => {
    const half = (leftS: number, turnS = Number.POSITIVE_INFINITY) => ({ ...work(leftS, turnS), sharedSlot: 0 });
    assert.deepEqual(estimateWaits([half(10), half(20, 5)], whole(7, 1), 1), [15, 22]);
    assert.deepEqual(estimateWaits([half(10), half(20, 5), work(40)], whole(7, 1), 2), [15, 22]);
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
