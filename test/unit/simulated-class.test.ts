import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulateClass } from '../../tools/simulate/classroom.ts';
import { createClock } from '../../tools/simulate/clock.ts';
import { fairnessOf, jainIndex } from '../../tools/simulate/fairness.ts';
import { SimulatedServer } from '../../tools/simulate/server.ts';

// A class on a virtual clock: how it is served by the rules of the queue, of turns and of slots.

describe('a class that presses Train at once', () => {
  const seconds = { answerS: 1.4, epochS: 3, loadS: 1, resumeS: 1, endS: 3, pressS: 2 };
  const result = (leastS: number) =>
    simulateClass({
      ...seconds,
      pupils: 40,
      slots: 1,
      slices: { leastS, costs: 20 },
      epochs: 30,
      besideLane: 1,
      spread: 4,
    });

  it('is served fairly, and keeps 95 % of the throughput', () => {
    const [turns, whole] = [result(20), result(Number.POSITIVE_INFINITY)];
    assert.equal(turns.starved, 0);
    assert.ok(turns.firstRound.turnsApart <= 1 && turns.later.turnsApart <= 1);
    assert.ok(Math.min(turns.firstRound.perTurn, turns.later.perTurn) >= 0.99);
    assert.ok(whole.endS / turns.endS >= 0.95);
    assert.ok(Math.max(...turns.firstTurnsS) < Math.max(...whole.firstTurnsS) / 2);
    assert.ok(Math.max(...turns.answersS) <= 60);
  });

  it('without first answers has usable models as soon as if each were trained so far alone', () => {
    const options = { ...seconds, answerS: 0, pupils: 40, slots: 1, epochs: 60, epochS: 0.1, besideLane: 1, spread: 1 };
    const slices = { leastS: 30, costs: 20 };
    const { usableS, starved, endS } = simulateClass({ ...options, resumeS: 0.4, endS: 0.1, usableEpoch: 5, slices });
    assert.deepEqual([usableS.length, starved], [40, 0]);
    // a start of 1 s and five epochs; a whole training takes 7.1 s
    assert.ok(Math.max(...usableS) / 40 <= 1.55, `${Math.max(...usableS)}`);
    assert.ok((40 * 7.1) / endS >= 0.94, `${endS}`);
  });

  it('shares a slot among those with sounds: two at once, each until it has a model that can be used', () => {
    const clock = createClock(10_000);
    const slices = { leastS: 30, costs: 20 };
    const server = new SimulatedServer(clock, { slots: 1, threads: 2, slices });
    const sounds = { kind: 'train', projectType: 'VOICE_CLASSIFICATION', usableEpoch: 3 } as const;
    const times = { epochs: 100, epochS: 1, loadS: 1, resumeS: 1, endS: 0, bestEpoch: 100 };
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      server.submit({ ...sounds, ...times, id, project: id, client: { workspace: '', address: id }, atS: 0 });
    clock.run();
    const firsts = [...server.outcomes.values()].map(({ turns: [first] }) => first);
    assert.deepEqual(
      firsts.map((turn) => [turn?.fromS, turn?.threads, turn?.trainedS]),
      [
        // nobody waits yet when it starts
        [0, 2, 3],
        [4, 1, 3],
        [4, 1, 3],
        [8, 1, 3],
        [8, 1, 3],
      ],
    );
  });

  it('is measured by an index that is 1 for equal shares and 1/n for one who has all', () => {
    assert.deepEqual([jainIndex([3, 3, 3]), jainIndex([1, 0, 0, 0]), jainIndex([])], [1, 0.25, 1]);
    const fairness = fairnessOf([
      { turns: 2, trainedS: 40 },
      { turns: 1, trainedS: 20 },
      { turns: 0, trainedS: 0 },
    ]);
    assert.deepEqual(fairness, { perTurn: 1, turnsApart: 2 });
  });
});
