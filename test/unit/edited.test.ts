import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Edit } from '../../src/projects/edits.ts';
import { editedSamples } from '../../src/samples/edited.ts';
import { findingsOf } from '../../src/samples/findings.ts';
import { sampleIdOf } from '../../src/samples/sample.ts';

const files = ['dataset/Cat/1.jpg', 'dataset/Cat/2.jpg', 'dataset/Dog/1.jpg'];
const samples = files.map((file) => ({ id: sampleIdOf(file), file, label: file.split('/')[1] }));
const list = {
  samples,
  byId: new Map(),
  counts: new Map([
    ['Cat', 2],
    ['Dog', 1],
  ]),
};
const [first = '', second = ''] = files;
const edits: readonly Edit[] = [
  { id: 1, file: first, action: 'move', label: 'Dog', target: 'dataset/Dog/1-x.jpg', at: 1 },
  { id: 2, file: second, action: 'leave_out', at: 2 },
  { id: 3, file: 'dataset/Cat/gone.jpg', action: 'leave_out', at: 3 },
];
const suspect = (file: string) => ({ code: 'mislabelled', count: 1, files: [{ file, suggestion: 'Dog' }] });

test('a change mends the findings of the training before, and those of the next one name the sample of the upload', () => {
  const { counts, fileOf } = editedSamples(list, edits);
  const mislabelled = (file: string) =>
    findingsOf({ counts, fileOf, trained: [], reported: [suspect(file)] }, 'en')
      .filter(({ code }) => code === 'mislabelled')
      .flatMap((finding) => finding.samples.map(({ file: name }) => name));
  assert.deepEqual(mislabelled(first), []);
  assert.deepEqual(mislabelled('dataset/Dog/1-x.jpg'), [first]);
  assert.deepEqual(mislabelled('dataset/Dog/1.jpg'), ['dataset/Dog/1.jpg']);
});

test('what a training found is that of the moved sample, if it was trained with it', () => {
  const { trainedOf, originOf } = editedSamples(list, edits);
  const found = (file: string, scene: number) => [file, { file, scene, held_back: false }] as const;
  const [moved = assert.fail()] = samples;
  assert.equal(trainedOf(moved, new Map([found(first, 1)]))?.scene, 1);
  assert.equal(trainedOf(moved, new Map([found(first, 1), found('dataset/Dog/1-x.jpg', 2)]))?.scene, 2);
  assert.equal(originOf('dataset/Dog/1-x.jpg'), first);
});

test('labels are counted as the next training gets them', () => {
  const { counts, leftOut } = editedSamples(list, edits);
  assert.deepEqual(
    [...(counts ?? [])],
    [
      ['Cat', 0],
      ['Dog', 2],
    ],
  );
  assert.deepEqual([...leftOut], [['Cat', 1]]);
});
