import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTrainConfig, mergeTrainConfig, withDefaults } from '../../src/projects/train-config.ts';

test('train_config goes over trainConfig over the defaults, field by field; an empty field is no wish', () => {
  const project = withDefaults('IMAGE_CLASSIFICATION', { epochs: 5, batch_size: '16', saveMethod: null, other: [1] });
  const merged = mergeTrainConfig(project, { epochs: '7', learning_rate: '', code: 'x' });
  assert.deepEqual(merged, {
    modelType: 'resnet18', epochs: '7', batch_size: '16', learning_rate: 0.001, train_split: 80, objectThreshold: 0.5, iouThreshold: 0.5,
    validateMatrix: 'val_accuracy', saveMethod: 'best', other: [1], code: 'x',
  });
  checkTrainConfig(merged);
});

const WRONG: readonly (readonly [object, RegExp])[] = [
  [{ epochs: 0 }, /epochs is 0: it must be a whole number from 1 to 1000/],
  [{ epochs: 2.5 }, /epochs is 2.5/],
  [{ epochs: 'ten' }, /epochs is ten/],
  [{ epochs: true }, /epochs is true/],
  [{ epochs: [5] }, /epochs is \[5\]/],
  [{ epochs: 'NaN' }, /epochs is NaN/],
  [{ epochs: Number.POSITIVE_INFINITY }, /epochs is Infinity/],
  [{ train_split: 100 }, /train_split is 100: it must be a whole number from 1 to 99/],
  [{ learning_rate: -1 }, /learning_rate is -1/],
  [{ batch_size: 1000 }, /batch_size is 1000/],
  [{ objectThreshold: 1.5 }, /objectThreshold is 1.5: it must be a number from 0 to 1/],
  [{ saveMethod: 'worst' }, /saveMethod is "worst": choose one of best, last/],
  [{ modelType: { a: 1 } }, /modelType is/],
];

for (const [over, reason] of WRONG) {
  test(`refused: ${JSON.stringify(over)}`, () => {
    assert.throws(() => checkTrainConfig(withDefaults('OBJECT_DETECTION', over as Record<string, unknown>)), reason);
  });
}

test('refused: what is nested so deep that writing it again would break the server', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  for (const config of [{ epochs: deep }, { other: deep }]) assert.throws(() => checkTrainConfig(withDefaults('OBJECT_DETECTION', config)), /nested deeper than 100 levels/);
});
