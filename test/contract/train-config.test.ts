import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { checkTrainConfig, withDefaults } from '../../src/projects/train-config.ts';

// test/python/test_train_config.py reads the same examples.

interface Example {
  readonly config: Readonly<Record<string, unknown>>;
  readonly code?: string;
  readonly reason?: string;
}
const examples = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/train-config/${name}.json`, import.meta.url), 'utf8')) as Example[];

it('takes the settings that Python takes', () => {
  for (const { config } of examples('valid')) checkTrainConfig(withDefaults('IMAGE_CLASSIFICATION', config));
});

it('refuses the settings that Python refuses, with the same sentence', () => {
  for (const { config, code, reason } of examples('invalid')) {
    assert.throws(
      () => checkTrainConfig(withDefaults('IMAGE_CLASSIFICATION', config)),
      (error) => error instanceof AppError && error.code === code && error.statusCode === 400 && error.message === `${reason}.`,
      JSON.stringify(config),
    );
  }
});
