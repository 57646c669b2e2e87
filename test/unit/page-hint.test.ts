import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hintOf } from '../../page/project/hint.ts';
import { pageCard, pageJob, pageResult } from '../helpers/page-card.ts';

const labels = (...counts: number[]) => counts.map((samples, index) => ({ label: `L${index}`, samples }));
const trained = { stage: 3, state: 'completed', job: pageJob({ state: 'completed' }) } as const;

describe('the next step of a project', () => {
  const cases = [
    ['nothing was collected', pageCard({ samples: 0, labels: labels(0, 0) }), 'hint.collect'],
    ['it waits', pageCard({ state: 'waiting', job: pageJob({ state: 'waiting', place: 3 }) }), 'hint.waiting'],
    ['it begins', pageCard({ state: 'active', job: pageJob() }), 'hint.preparing'],
    ['it learns', pageCard({ state: 'active', job: pageJob({ epoch: 2, max_epoch: 9 }) }), 'hint.training'],
    ['it is converted', pageCard({ state: 'active', job: pageJob({ kind: 'convert' }) }), 'hint.converting'],
    ['a label is empty', pageCard({ labels: labels(20, 0) }), 'hint.empty_label'],
    ['there is one label', pageCard({ labels: labels(20) }), 'hint.one_label'],
    ['one label has few', pageCard({ labels: labels(20, 4) }), 'hint.few'],
    ['all is there', pageCard(), 'hint.train'],
    ['the training failed', pageCard({ state: 'failed', job: pageJob({ state: 'failed' }) }), 'hint.failed'],
    [
      'it says one label always',
      pageCard({ ...trained, result: pageResult({ same_answer: 'Cat', expect_least: 10 }) }),
      'hint.same_answer',
    ],
    ['it is weak', pageCard({ ...trained, result: pageResult({ expect_least: 40 }) }), 'hint.more'],
    [
      'nothing was wrong, but little was asked',
      pageCard({
        ...trained,
        stage: 5,
        result: pageResult({ right: 6, checked: 6, expect_least: 54, converted: true }),
      }),
      'hint.try_unsure',
    ],
    [
      'photos may have the wrong label',
      pageCard({ ...trained, result: pageResult({ suspects: 7, expect_least: 40 }) }),
      'hint.suspects',
    ],
    [
      'they were not moved and it is ready',
      pageCard({ ...trained, stage: 5, result: pageResult({ suspects: 7, converted: true }) }),
      'hint.try',
    ],
    ['it is trained', pageCard({ ...trained, result: pageResult() }), 'hint.convert'],
    [
      'the conversion failed',
      pageCard({ ...trained, state: 'failed', job: pageJob({ kind: 'convert' }), result: pageResult() }),
      'hint.convert_failed',
    ],
    ['it is ready', pageCard({ ...trained, stage: 5, result: pageResult({ converted: true }) }), 'hint.try'],
  ] as const;
  for (const [when, card, key] of cases) it(`when ${when}: ${key}`, () => assert.equal(hintOf(card).key, key));

  it('has the names and numbers that its sentence says', () => {
    for (const [card, params] of [
      [pageCard({ state: 'waiting', job: pageJob({ place: 3, eta_s: 90 }) }), { place: 3, eta: 90 }],
      [pageCard({ labels: labels(20, 0) }), { label: 'L1' }],
      [pageCard({ labels: labels(20, 4) }), { label: 'L1', samples: 4 }],
      [pageCard({ ...trained, result: pageResult({ same_answer: 'Cat' }) }), { label: 'Cat' }],
      [pageCard({ ...trained, result: pageResult({ expect_least: 40 }) }), { least: 40 }],
      [pageCard({ ...trained, result: pageResult({ suspects: 7 }) }), { count: 7 }],
      [
        pageCard({ ...trained, result: pageResult({ right: 6, checked: 6, expect_least: 54, converted: true }) }),
        { checked: 6 },
      ],
    ] as const)
      assert.deepEqual(hintOf(card).params, params, hintOf(card).key);
  });

  it('asks for more below 10 examples of a label, and below 60 of 100 right', () => {
    const keyOf = (card: Parameters<typeof hintOf>[0]) => hintOf(card).key;
    assert.deepEqual(
      [9, 10].map((few) => keyOf(pageCard({ labels: labels(20, few) }))),
      ['hint.few', 'hint.train'],
    );
    assert.deepEqual(
      [59, 60].map((least) => keyOf(pageCard({ ...trained, result: pageResult({ expect_least: least }) }))),
      ['hint.more', 'hint.convert'],
    );
  });

  it('is to collect examples where there are none, also while something waits', () => {
    assert.equal(hintOf(pageCard({ samples: 0, state: 'waiting', job: pageJob() })).key, 'hint.collect');
  });

  it('offers what can be done here, and nothing where somebody must wait or collect', () => {
    const actions = cases.map(([, card]) => [hintOf(card).key, hintOf(card).action] as const);
    assert.deepEqual(Object.fromEntries(actions.filter(([, action]) => action !== undefined)), {
      'hint.few': 'train',
      'hint.train': 'train',
      'hint.failed': { part: 'training' },
      'hint.suspects': { part: 'photos' },
      'hint.more': { part: 'result' },
      'hint.convert': 'convert',
      'hint.convert_failed': 'convert',
      'hint.try': { part: 'try' },
      'hint.try_unsure': { part: 'try' },
    });
  });

  it('boxes need one label only', () => {
    assert.equal(
      hintOf(pageCard({ type: 'OBJECT_DETECTION', labels: [{ label: 'Cat', samples: null }] })).key,
      'hint.train',
    );
  });
});
