import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportOf } from '../../src/models/result.ts';

const sameAnswer = (training: object) => reportOf({ training }, undefined, undefined).result.same_answer;
const labels = ['Cat', 'Dog'];

test('one answer for every sample is reported from four samples on, and never of boxes', () => {
  const three = {
    labels,
    confusion: [
      [0, 2],
      [0, 1],
    ],
  } as const;
  const four = {
    labels,
    confusion: [
      [0, 2],
      [0, 2],
    ],
  } as const;
  assert.deepEqual([sameAnswer(three), sameAnswer(four)], [null, 'Dog']);
  assert.equal(sameAnswer({ ...four, photos_checked: 4 }), null);
  assert.equal(
    sameAnswer({
      labels,
      confusion: [
        [1, 2],
        [0, 2],
      ],
    }),
    null,
  );
});

test('what is no report says nothing, and breaks nothing', () => {
  for (const training of [
    7,
    null,
    [],
    { confusion: 'x', labels },
    { confusion: [7, 'x'], labels },
    { curves: [null, {}] },
  ]) {
    const { result, curve } = reportOf({ training, conversion: 7 }, undefined, undefined);
    assert.deepEqual([result.value, result.same_answer, result.board?.value, curve], [null, null, null, []]);
  }
});

test('photos that may have the wrong label are counted, and none where the report does not say', () => {
  const suspects = (training: object) => reportOf({ training }, undefined, undefined).result.suspects;
  assert.deepEqual(
    [{ instant: { suspects: [{}, {}] } }, { instant: { suspects: 'x' } }, { instant: 7 }, {}].map(suspects),
    [2, 0, 0, 0],
  );
});
