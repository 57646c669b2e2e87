import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chanceOf, differencesOf, type Model, verdictOf } from '../../page/result/compare.ts';
import { pageResult } from '../helpers/page-card.ts';

function model(right: number | null, checked: number | null, changes: Partial<Model> = {}): Model {
  return {
    job_id: 'j',
    finished_at: 1,
    current: false,
    restorable: true,
    result: pageResult({ right, checked }),
    labels: ['Cat', 'Dog'],
    learnt: 30,
    board_bytes: null,
    deleted: 0,
    train_config: { epochs: 5 },
    ...changes,
  };
}

describe('how often chance makes a difference', () => {
  it('is what Fisher calculated for the lady who tastes tea', () => {
    // the cups that she took for "milk first", of four with milk first and four without
    const chance = (right: number) => chanceOf({ right, checked: 4 }, { right: 4 - right, checked: 4 });
    assert.ok(Math.abs(chance(4) - 2 / 70) < 1e-12);
    assert.ok(Math.abs(chance(3) - 34 / 70) < 1e-12);
    assert.ok(Math.abs(chance(2) - 1) < 1e-12);
  });

  it('is the same whichever comes first, and small for many examples', () => {
    const [few, many] = [2, 200].map((times) => [
      { right: 9 * times, checked: 10 * times },
      { right: 8 * times, checked: 10 * times },
    ]) as [[Parameters<typeof chanceOf>[0], Parameters<typeof chanceOf>[0]], [never, never]];
    assert.equal(chanceOf(few[0], few[1]), chanceOf(few[1], few[0]));
    assert.ok(chanceOf(few[0], few[1]) > 0.5);
    assert.ok(chanceOf(many[0], many[1]) < 1e-9);
  });
});

describe('two trainings', () => {
  it('differ more than chance only where there are enough examples', () => {
    assert.equal(verdictOf(model(14, 15), model(12, 15)), 'chance');
    assert.equal(verdictOf(model(140, 150), model(120, 150)), 'first');
    assert.equal(verdictOf(model(120, 150), model(140, 150)), 'second');
    assert.equal(verdictOf(model(14, 15), model(28, 30)), 'same');
    // three of four against none: 0.14; four against none: 0.03
    assert.equal(verdictOf(model(3, 4), model(0, 4)), 'chance');
    assert.equal(verdictOf(model(4, 4), model(0, 4)), 'first');
  });

  it('are not compared without counts, or with other labels', () => {
    assert.equal(verdictOf(model(null, 15), model(12, 15)), 'unknown');
    assert.equal(verdictOf(model(0, 0), model(12, 15)), 'unknown');
    assert.equal(verdictOf(model(1, 15, { result: null }), model(12, 15)), 'unknown');
    assert.equal(verdictOf(model(140, 150), model(12, 15, { labels: ['Cat'] })), 'other_labels');
    assert.equal(verdictOf(model(140, 150), model(70, 150, { labels: ['Dog', 'Cat'] })), 'first');
  });

  it('have the settings that differ, also where one lacks a setting', () => {
    const a = model(1, 2, { train_config: { epochs: 5, code: null, batch_size: 32 } });
    const b = model(1, 2, { train_config: { epochs: 9, code: null, seed: 1, batch_size: 32 } });
    assert.deepEqual(differencesOf(a, b), [
      { name: 'epochs', values: [5, 9] },
      { name: 'seed', values: [undefined, 1] },
    ]);
    assert.deepEqual(differencesOf(a, a), []);
    assert.equal(differencesOf(a, model(1, 2, { train_config: {} })), undefined);
  });
});
