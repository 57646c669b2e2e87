import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTrainConfig, mergeTrainConfig, withDefaults } from '../../src/projects/train-config.ts';

test('train_config goes over trainConfig over the defaults, field by field; an empty field is no wish', () => {
  const project = withDefaults('IMAGE_CLASSIFICATION', { epochs: 5, batch_size: '16', saveMethod: null, other: [1] });
  const merged = mergeTrainConfig(project, { epochs: '7', learning_rate: '', code: 'x' });
  assert.deepEqual(merged, {
    modelType: 'resnet18',
    epochs: '7',
    batch_size: '16',
    learning_rate: 0.001,
    train_split: 80,
    objectThreshold: 0.5,
    iouThreshold: 0.5,
    validateMatrix: 'val_accuracy',
    saveMethod: 'best',
    other: [1],
    code: 'x',
  });
  checkTrainConfig(merged);
});

test('a number too large for JavaScript stays one in the project file, for the training to bring to its limit', () => {
  const merged = mergeTrainConfig(
    withDefaults('IMAGE_CLASSIFICATION', JSON.parse('{"epochs":1e400}')),
    JSON.parse('{"batch_size":-1e400}'),
  );
  const written = JSON.parse(JSON.stringify(merged)) as Record<string, unknown>;
  assert.ok(Number(written['epochs']) > 1e300 && Number(written['batch_size']) < -1e300, JSON.stringify(merged));
});

for (const over of [{ modelType: { a: 1 } }, { modelType: 5 }, { code: ['x'] }]) {
  test(`refused: ${JSON.stringify(over)}`, () => {
    assert.throws(() => checkTrainConfig(withDefaults('OBJECT_DETECTION', over)), /(modelType|code) is/);
  });
}

test('refused: what is nested so deep that writing it again would break the server', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  for (const config of [{ epochs: deep }, { other: deep }])
    assert.throws(() => checkTrainConfig(withDefaults('OBJECT_DETECTION', config)), /nested deeper than 100 levels/);
});
