import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keptText, parsedName } from '../../page/core/kept-name.ts';
import type { You } from '../../page/room/types.ts';
import { askOf } from '../../page/room/whose.ts';
import { pageCard } from '../helpers/page-card.ts';

describe('what a card asks', () => {
  const you: You = { role: 'pupil', name: 'ann', address: '10.0.0.1' };
  const ask = (names: string[], changes: Partial<You> = {}, address = '10.0.0.1') =>
    askOf(pageCard({ names, address }), { ...you, ...changes });

  it('is whose it is, with the own name first, where several may be meant', () => {
    assert.deepEqual(ask(['Ben', 'ANN', 'Cid']), { kind: 'whose', names: ['ANN', 'Ben', 'Cid'] });
    assert.deepEqual(ask(['Ben', 'Cid'], { role: 'teacher', name: null }), { kind: 'whose', names: ['Ben', 'Cid'] });
  });

  it('is whether it is mine, where it has no name and came from here', () => {
    assert.deepEqual(ask([]), { kind: 'mine', name: 'ann' });
    for (const [changes, address] of [
      [{ name: null }, '10.0.0.1'],
      [{ role: 'teacher' }, '10.0.0.1'],
      [{}, '10.0.0.2'],
    ] as const)
      assert.deepEqual(ask([], changes, address), { kind: 'nothing' });
  });

  it('is nothing where it is known', () => {
    assert.deepEqual(ask(['Ben']), { kind: 'nothing' });
    assert.deepEqual(askOf(pageCard(), undefined), { kind: 'nothing' });
  });
});

describe('the name that a browser kept', () => {
  for (const [kept, name] of [
    [undefined, undefined],
    ['', undefined],
    ['ดาว', undefined],
    ['null', undefined],
    ['{"version":2,"name":"Ann"}', undefined],
    ['{"version":1,"name":"a\\nb"}', undefined],
    ['{"version":1,"name":["Ann"]}', undefined],
    ['{"version":1,"name":" Zoe\u0301 "}', 'Zo\u00e9'],
  ] as const)
    it(`${JSON.stringify(kept)} is ${name}`, () => assert.equal(parsedName(kept), name));

  it('is the one that was taken', () => assert.equal(parsedName(keptText('น้ำฝน')), 'น้ำฝน'));
});
