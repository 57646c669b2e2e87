import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gathered, inParts } from '../../page/room/gather.ts';
import { applyEvent, type ClassState } from '../../page/room/state.ts';
import { partDone, stateWords } from '../../page/room/state-words.ts';
import { groupCards, summaryOf } from '../../page/wall/order.ts';
import type { ClassEvent } from '../../page/room/types.ts';
import { pageCard, pageJob, pageResult } from '../helpers/page-card.ts';

const server = {
  device: 'CPU',
  backend: 'torch',
  slots: 1,
  free_slots: 1,
  waiting: 0,
  disk_free: 5e9,
  disk_full: false,
  quota: null,
  ide: { streams: 0, addresses: [] },
};
const cards = ['c', 'b', 'a'].map((id, index) => pageCard({ id, uploaded_at: 300 - index * 100 }));
const you = { role: 'anybody', name: null, address: '192.168.1.17' } as const;
const state: ClassState = { you, server, cards };
const idsOf = (of: ClassState | undefined) => of?.cards.map(({ id }) => id);

describe('the class as the stream tells it', () => {
  it('is nothing before the first whole picture', () => {
    assert.equal(applyEvent(undefined, { event: 'project', project: pageCard() }), undefined);
    assert.deepEqual(idsOf(applyEvent(undefined, { event: 'class', you, server, projects: cards })), ['c', 'b', 'a']);
  });

  it('a card that changed keeps its place; a new upload comes first; others stay the same objects', () => {
    const changed = applyEvent(state, { event: 'project', project: pageCard({ id: 'b', uploaded_at: 200, stage: 3 }) });
    assert.deepEqual(idsOf(changed), ['c', 'b', 'a']);
    assert.equal(changed?.cards[1]?.stage, 3);
    assert.equal(changed?.cards[0], cards[0]);
    const again = applyEvent(state, { event: 'project', project: pageCard({ id: 'a', uploaded_at: 900 }) });
    assert.deepEqual(idsOf(again), ['a', 'c', 'b']);
    assert.deepEqual(idsOf(applyEvent(state, { event: 'project', project: pageCard({ id: 'n', uploaded_at: 250 }) })), [
      'c',
      'n',
      'b',
      'a',
    ]);
  });

  it('a card that changed keeps its place among those that were sent in the same second', () => {
    const together: ClassState = { you, server, cards: ['c', 'b', 'a'].map((id) => pageCard({ id })) };
    assert.deepEqual(idsOf(applyEvent(together, { event: 'project', project: pageCard({ id: 'b', stage: 3 }) })), [
      'c',
      'b',
      'a',
    ]);
  });

  it('points of a curve are added; those of an epoch that is there take its place', () => {
    const job = pageJob({ epoch: 2 });
    const first = applyEvent(state, { event: 'progress', project_id: 'b', job, points: [{ epoch: 1, val_acc: 50 }] });
    const then = applyEvent(first, {
      event: 'progress',
      project_id: 'b',
      job,
      points: [
        { epoch: 1, val_acc: 55 },
        { epoch: 2, val_acc: 70 },
      ],
    });
    assert.deepEqual(then?.cards[1]?.curve, [
      { epoch: 1, val_acc: 55 },
      { epoch: 2, val_acc: 70 },
    ]);
    assert.equal(then?.cards[1]?.job, job);
    const late = applyEvent(then, { event: 'progress', project_id: 'b', job, points: [{ epoch: 0, val_acc: 5 }] });
    assert.deepEqual(
      late?.cards[1]?.curve.map(({ epoch }) => epoch),
      [0, 1, 2],
      'in the order of the epochs',
    );
  });

  it('what was deleted goes, and the server changes', () => {
    assert.deepEqual(idsOf(applyEvent(state, { event: 'removed', project_id: 'b' })), ['c', 'a']);
    assert.equal(applyEvent(state, { event: 'server', server: { ...server, waiting: 7 } })?.server.waiting, 7);
  });
});

describe('events that are not drawn yet', () => {
  const progress = (id: string, epoch: number) =>
    ({ event: 'progress', project_id: id, job: pageJob({ epoch }), points: [{ epoch, val_acc: epoch }] }) as const;
  const all: ClassEvent[] = [
    progress('a', 1),
    progress('b', 1),
    progress('a', 2),
    { event: 'project', project: pageCard({ id: 'a', uploaded_at: 100, curve: [] }) },
    progress('a', 3),
    progress('a', 4),
    { event: 'removed', project_id: 'b' },
    progress('b', 2),
    { event: 'server', server: { ...server, waiting: 3 } },
  ];

  it('become fewer, and lead to the same class', () => {
    const few = all.reduce(gathered, [] as ClassEvent[]);
    assert.equal(few.length, 7);
    assert.deepEqual(few.reduce(applyEvent, state), all.reduce(applyEvent, state));
  });

  it('of a whole class come in parts, and lead to the same class', () => {
    const parts = inParts({ event: 'class', you, server, projects: cards }, 1);
    assert.equal(parts.length, 3);
    assert.deepEqual(parts.reduce(applyEvent, undefined as ClassState | undefined), state);
  });

  it('are none but the whole picture once that came', () => {
    const whole: ClassEvent = { event: 'class', you, server, projects: cards };
    assert.deepEqual(gathered(all, whole), [whole]);
  });
});

describe('who is stuck', () => {
  it('comes first, what needs a person before what only waits', () => {
    const stuck = (id: string, reason: 'failed' | 'waits' | 'same_answer' | 'no_samples' | null) =>
      pageCard({ id, stuck: reason });
    const groups = groupCards([
      stuck('w', 'waits'),
      stuck('x', null),
      stuck('s', 'same_answer'),
      stuck('n', 'no_samples'),
      stuck('f', 'failed'),
      stuck('y', null),
    ]);
    assert.deepEqual(
      groups.stuck.map(({ id }) => id),
      ['f', 'n', 's', 'w'],
    );
    assert.deepEqual(
      groups.others.map(({ id }) => id),
      ['x', 'y'],
    );
  });

  it('and how many do what is counted', () => {
    const all = [pageCard({ state: 'active' }), pageCard({ result: pageResult() }), pageCard()];
    assert.deepEqual(summaryOf(all, { waiting: 4 }), { projects: 3, running: 1, waiting: 4, ready: 1 });
  });
});

describe('what a project does, in words', () => {
  for (const [key, kind, card] of [
    ['state.uploaded', 'idle', pageCard()],
    ['state.waiting', 'waiting', pageCard({ state: 'waiting' })],
    ['state.preparing', 'active', pageCard({ state: 'active', stage: 1, job: pageJob() })],
    ['state.training', 'active', pageCard({ state: 'active', stage: 2, job: pageJob() })],
    ['state.training', 'active', pageCard({ state: 'active', stage: 1, job: pageJob({ epoch: 1 }) })],
    ['state.converting', 'active', pageCard({ state: 'active', stage: 4, job: pageJob({ kind: 'convert' }) })],
    ['state.failed', 'bad', pageCard({ state: 'failed', job: pageJob() })],
    ['state.convert_failed', 'bad', pageCard({ state: 'failed', job: pageJob({ kind: 'convert' }) })],
    ['state.cancelled', 'idle', pageCard({ state: 'cancelled' })],
    ['state.trained', 'good', pageCard({ state: 'completed', result: pageResult() })],
    ['state.ready', 'good', pageCard({ state: 'completed', result: pageResult({ converted: true }) })],
  ] as const)
    it(key, () => {
      const words = stateWords(card);
      assert.deepEqual([words.key, words.kind], [key, kind]);
    });

  it('says the place in the line and the time left', () => {
    const job = pageJob({ place: 3, eta_s: 90, epoch: 1 });
    assert.deepEqual(stateWords(pageCard({ state: 'waiting', job })).params, { place: 3, eta: 90 });
    assert.deepEqual(stateWords(pageCard({ state: 'active', job })).params, { eta: 90 });
    assert.deepEqual(stateWords(pageCard({ state: 'active', job: { ...job, kind: 'convert' } })).params, { eta: 90 });
  });

  it('how far it is', () => {
    assert.equal(partDone(pageCard({ state: 'active', job: pageJob({ epoch: 3, max_epoch: 12 }) })), 0.25);
    assert.equal(partDone(pageCard({ state: 'active', job: pageJob({ epoch: 3 }) })), undefined);
    assert.equal(partDone(pageCard({ state: 'waiting', job: pageJob({ epoch: 3, max_epoch: 12 }) })), undefined);
  });
});
