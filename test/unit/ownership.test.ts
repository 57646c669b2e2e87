import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNamesHere } from '../../src/people/names-here.ts';
import { claimed, confirmedOwner, guessed, mayChange, mayLook, mayStop, presumed } from '../../src/people/ownership.ts';
import { person } from '../helpers/person.ts';

const NOBODY = { names: [], confirmed: false };
const guess = (...names: string[]) => ({ names, confirmed: false });

describe('whose a project is', () => {
  it('is claimed where it may be nobody else’s', () => {
    for (const [before, after] of [
      [NOBODY, confirmedOwner('Ann')],
      [guess('ANN'), confirmedOwner('Ann')],
      [guess('Ben'), guess('Ben')],
      [guess('Ann', 'Ben'), guess('Ann', 'Ben')],
      [confirmedOwner('Ben'), confirmedOwner('Ben')],
      [confirmedOwner(null), confirmedOwner(null)],
    ] as const)
      assert.deepEqual(claimed(before, 'Ann'), after, JSON.stringify(before));
  });

  it('is guessed, up to fifty names, until somebody confirms one', () => {
    assert.deepEqual(guessed(guess('Ann'), ['ann', 'Ben']), guess('Ann', 'Ben'));
    assert.deepEqual(guessed(confirmedOwner('Ann'), ['Ben']), confirmedOwner('Ann'));
    assert.equal(
      guessed(
        NOBODY,
        Array.from({ length: 90 }, (_, n) => `p${n}`),
      ).names.length,
      50,
    );
  });

  it('is presumed of one name alone only if nothing else came from its address', () => {
    assert.deepEqual(presumed(NOBODY, ['Ann'], true), guess('Ann'));
    assert.deepEqual(presumed(NOBODY, ['Ann'], false), NOBODY);
    assert.deepEqual(presumed(NOBODY, ['Ann', 'Ben'], false), guess('Ann', 'Ben'));
    assert.deepEqual(presumed(guess('Ann'), ['Ann', 'Ben'], false), guess('Ann', 'Ben'));
    assert.deepEqual(presumed(guess('Ann'), ['ann'], false), guess('Ann'));
  });

  const here = { addresses: new Set(['10.0.0.1']) };
  const rights = (who: Parameters<typeof person>[0], owner: { names: string[]; confirmed: boolean }) =>
    [mayLook, mayChange, mayStop].map((may) => may(person({ role: 'pupil', ...who }), { ...here, owner }));
  const elsewhere = '10.0.0.2';
  for (const [who, owner, wanted] of [
    [{}, NOBODY, [true, true, true]],
    [{ name: 'Ann' }, NOBODY, [true, false, false]],
    [{ name: 'Ann' }, confirmedOwner(null), [true, false, false]],
    [{ address: elsewhere }, NOBODY, [false, false, false]],
    [{ name: 'Ann', address: elsewhere }, NOBODY, [false, false, false]],
    [{}, guess('Ann'), [false, false, true]],
    [{ name: 'ann', address: elsewhere }, guess('Ann'), [true, true, true]],
    [{ name: 'Ben' }, guess('Ann'), [false, false, false]],
    [{ name: 'Ann' }, guess('Ann', 'Ben'), [true, false, false]],
    [{ name: 'Cid' }, guess('Ann', 'Ben'), [false, false, false]],
    [{ name: 'Ben' }, { names: ['Ann'], confirmed: true }, [false, false, false]],
    [{ role: 'teacher', address: elsewhere }, guess('Ann', 'Ben'), [true, true, true]],
    [{ role: 'anybody', address: elsewhere }, { names: ['Ann'], confirmed: true }, [true, true, true]],
  ] as const)
    it(`lets ${JSON.stringify(who)} look, change, stop at ${JSON.stringify(owner)}: ${wanted.join()}`, () =>
      assert.deepEqual(rights(who, { names: [...owner.names], confirmed: owner.confirmed }), wanted));
});

it('the names of ten thousand addresses are kept, and not more', async () => {
  const names = createNamesHere(1000, () => 0);
  const client = { workspace: '', address: 'a' };
  await names.note(client, 'Ben');
  for (let n = 0; n < 10_000; n += 1) await names.note({ workspace: '', address: `b${n}` }, 'Ann');
  assert.deepEqual(await names.at(client), [], 'the oldest is forgotten');
});
