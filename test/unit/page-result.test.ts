import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { percent } from '../../page/core/percent.ts';
import { behindCell, changedOnes, type SampleAnswer, saidOf, worstMistakes } from '../../page/result/answers.ts';
import { lastEpochOf, lossLines, qualityLines } from '../../page/room/figures.ts';
import { pageJob } from '../helpers/page-card.ts';

function answer(id: string, label: string, counted: string | null, prob = 0.5): SampleAnswer {
  const float = { label: counted ?? label, prob };
  return { id, file: `${id}.png`, label, held_back: true, counted, float, board: null, changed: null };
}

const idsOf = (answers: readonly SampleAnswer[]) => answers.map(({ id }) => id);

describe('the photos behind a figure', () => {
  const answers = [
    answer('right', 'Cat', 'Cat', 0.99),
    answer('unsure', 'Cat', 'Dog', 0.6),
    answer('sure', 'Cow', 'Dog', 0.9),
    answer('uncounted', 'Cow', null, 0.95),
  ];

  it('of a cell have its label and its answer', () => {
    assert.deepEqual(idsOf(behindCell(answers, 'Cat', 'Dog')), ['unsure']);
  });

  it('of the worst mistakes are wrong, the surest first', () => {
    assert.deepEqual(idsOf(worstMistakes(answers, 6)), ['sure', 'unsure']);
    assert.deepEqual(idsOf(worstMistakes(answers, 1)), ['sure']);
  });

  it('of what the board answers differently were compared, and differ', () => {
    const compared = answers.map((one, index) => ({ ...one, changed: [true, false, null, true][index] ?? null }));
    assert.deepEqual(idsOf(changedOnes(compared)), ['right', 'uncounted']);
  });
});

describe('what a network says of a photo', () => {
  it('is its label or its boxes, and how sure it is', () => {
    const box = { label: 'Cat', prob: 0.876, box: [0, 0, 9, 9] };
    assert.equal(saidOf({ label: 'Cat', prob: 0.876 }), 'Cat 88 %');
    assert.equal(saidOf({ boxes: [box, { ...box, label: 'Dog', prob: 0.5 }] }), 'Cat 88 %, Dog 50 %');
    assert.equal(saidOf({ boxes: [] }), '', 'it found nothing');
    assert.equal(saidOf(null), undefined);
    assert.equal(percent(0.005), '1 %');
  });
});

describe('the curves of a training', () => {
  const figuresOf = (lines: ReturnType<typeof lossLines>) => lines.map(({ figure, kind }) => `${figure} ${kind}`);

  it('are those that it has figures of; the one of held-back samples stands out', () => {
    const both = [{ epoch: 1, val_acc: 50, train_acc: 60, val_loss: 1, train_loss: 1 }];
    const learnt = [{ epoch: 1, val_acc: 50, train_loss: 1 }];
    assert.deepEqual(figuresOf(qualityLines('IMAGE_CLASSIFICATION', both)), ['val_acc own', 'train_acc other']);
    assert.deepEqual(figuresOf(qualityLines('IMAGE_CLASSIFICATION', learnt)), ['val_acc own']);
    assert.deepEqual(figuresOf(lossLines(both)), ['val_loss own', 'train_loss other']);
    assert.deepEqual(figuresOf(lossLines([{ epoch: 1, val_loss: 1 }])), ['val_loss own']);
    assert.deepEqual(figuresOf(lossLines(learnt)), ['train_loss own']);
  });

  it('of boxes show how well things are found', () => {
    const names = (['IMAGE_CLASSIFICATION', 'OBJECT_DETECTION'] as const).map(
      (type) => qualityLines(type, [])[0]?.name,
    );
    assert.deepEqual(names, ['curve.val_acc', 'curve.map']);
  });

  it('end with the last epoch planned, or with the last one that came', () => {
    const curve = [{ epoch: 7 }];
    assert.equal(lastEpochOf({ job: pageJob({ max_epoch: 30 }), curve }), 30);
    assert.equal(lastEpochOf({ job: pageJob({ max_epoch: 3 }), curve }), 7);
    assert.equal(lastEpochOf({ job: pageJob({ kind: 'convert', max_epoch: 30 }), curve }), 7);
    assert.equal(lastEpochOf({ job: null, curve: [] }), 1);
  });
});
