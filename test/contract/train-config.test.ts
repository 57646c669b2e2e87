import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { checkTrainConfig, withDefaults } from '../../src/projects/train-config.ts';

// test/python/test_train_config.py reads the same examples, and what each becomes.

interface Example {
  readonly config: Readonly<Record<string, unknown>>;
  readonly adjusted: readonly unknown[];
}
const examples = JSON.parse(
  readFileSync(new URL('../fixtures/train-config/examples.json', import.meta.url), 'utf8'),
) as Example[];

it('takes all settings that Python takes, also those that Python has to change', () => {
  assert.ok(examples.some(({ adjusted }) => adjusted.length > 0));
  for (const { config } of examples) checkTrainConfig(withDefaults('IMAGE_CLASSIFICATION', config));
});
