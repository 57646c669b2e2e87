import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partsByName } from '../../tools/bench/main.ts';
import { reportLine } from '../../tools/bench/measurement.ts';

const line = (values: readonly number[], goal?: string, details?: Readonly<Record<string, number>>) =>
  reportLine(
    { name: 'x', unit: 'points', values, data: 'd', ...(goal && { goal }), ...(details && { details }) },
    { hardware: {}, commit: 'c' },
  );

describe('a line of a benchmark', () => {
  it('has the mean over the values and how sure it is', () => {
    const { mean, standard_error, repeats } = line([1, 2, 6]);
    assert.deepEqual({ mean, standard_error, repeats }, { mean: 3, standard_error: 1.528, repeats: 3 });
    assert.equal('standard_error' in line([4]), false);
  });

  it('says whether a goal is met, of the mean, of a further number, below zero too', () => {
    assert.equal(line([0, 12], 'mean <= 5').met, false);
    assert.equal(line([-12, -4], 'mean <= -5').met, true);
    assert.equal(line([1], 'recall >= 0.9', { recall: 0.89 }).met, false);
    assert.throws(() => line([1], 'mean about 5'), /no "field/);
  });
});

describe('the parts of a benchmark', () => {
  it('are named behind a colon; a name alone means all of them', () => {
    assert.deepEqual(
      [...partsByName(['truth:twins', 'start', 'truth:suspects'])],
      [
        ['truth', ['twins', 'suspects']],
        ['start', []],
      ],
    );
  });
});
