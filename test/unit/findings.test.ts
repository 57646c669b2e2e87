import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf } from '../../src/samples/findings.ts';

const oddLabels = (counts: Readonly<Record<string, number>>) =>
  findingsOf({ counts: new Map(Object.entries(counts)), reported: [], trained: [], fileOf: (name) => name }, 'en').map(
    ({ code, labels }) => [code, labels],
  );

test('a label with twenty samples has enough, and one with nineteen has too few', () => {
  assert.deepEqual(oddLabels({ Cat: 20, Dog: 19 }), [['too_few', ['Dog']]]);
});

test('a label is small beside one with four times its samples; one without any is only empty', () => {
  assert.deepEqual(oddLabels({ Cat: 80, Dog: 20, Cow: 21 }), [['unbalanced', ['Dog']]]);
  assert.deepEqual(oddLabels({ Cat: 80, Dog: 0 }), [['too_few', ['Dog']]]);
});
