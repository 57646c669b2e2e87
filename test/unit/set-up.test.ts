import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { setUp, whenOver } from '../helpers/set-up.ts';

const happened: string[] = [];

describe('what a set-up starts', () => {
  setUp(async () => {
    happened.push('started');
    whenOver(() => happened.push('ended'));
  });

  it('is there for the first test', () => assert.deepEqual(happened, ['started']));

  it('is there for the last test', () => assert.deepEqual(happened, ['started']));
});

test('what a set-up started has ended after its tests, and what a test started after that test', async (t) => {
  assert.deepEqual(happened, ['started', 'ended']);
  await t.test('a test', () => whenOver(() => happened.push('ended with its test')));
  assert.deepEqual(happened.slice(2), ['ended with its test']);
});
