import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { age, deletionOf, UNUSED, type Use, used } from '../../src/projects/keep-rule.ts';

const DAY = 86_400;
const START = Date.UTC(2026, 5, 1) / 1000;
const KEEP = 30;

/** Looks at a project at each of these moments; the first at which it is due, in days from the first. */
function dueAfter(moments: readonly number[], uploadedAt: number, use: Use = UNUSED): number | undefined {
  let now = use;
  for (const moment of moments) {
    const aged = age(now, uploadedAt, moment, KEEP);
    if (aged.isDue) return Math.floor((moment - (moments[0] ?? 0)) / DAY);
    now = aged.use;
  }
  return undefined;
}

const hourly = (from: number, days: number) => Array.from({ length: days * 24 }, (_, n) => from + n * 3600);

describe('a project that nobody uses', () => {
  it('goes after so many days, and is said to go soon seven days before', () => {
    assert.equal(dueAfter(hourly(START, 60), START), KEEP);
    const soon = (days: number) => deletionOf(UNUSED, START, START + days * DAY, KEEP).soon;
    assert.deepEqual([soon(22), soon(23)], [false, true]);
    assert.equal(deletionOf(UNUSED, START, START, KEEP).at, START + KEEP * DAY);
  });

  it('begins its days anew with each use', () => {
    const use = used(START + 29 * DAY);
    assert.equal(dueAfter(hourly(START + 29 * DAY, 60), START, use), KEEP);
    assert.equal(deletionOf(use, START, START + 29 * DAY, KEEP).soon, false);
  });

  it('stays for seven more days after a holiday in which the server was off', () => {
    const back = START + 90 * DAY;
    assert.equal(dueAfter(hourly(back, 20), START), 7);
    assert.equal(deletionOf(UNUSED, START, back, KEEP).at, back + 7 * DAY);
  });
});

describe('a clock that is wrong', () => {
  it('jumps forward by years: nothing goes, not even what was to go soon, and all is as before once it is right', () => {
    const wrong = START + 4000 * DAY;
    assert.equal(dueAfter(hourly(wrong, 1), START), undefined);
    let use = UNUSED;
    for (const now of hourly(START + 23 * DAY, 3)) ({ use } = age(use, START, now, KEEP));
    const jumped = age(use, START, wrong, KEEP);
    assert.deepEqual([jumped.isDue, jumped.use.seenDays], [false, 4]);
    const righted = age(jumped.use, START, START + 26 * DAY, KEEP);
    assert.deepEqual([righted.isDue, righted.use.seenDays], [false, 1]);
    assert.equal(age(jumped.use, START, START + 2 * DAY, KEEP).use.seenDays, 0);
  });

  it('was never set: nothing is counted, and what it wrote down counts from the first day that can be', () => {
    assert.deepEqual(age(UNUSED, START, 1000, KEEP), { use: UNUSED, isDue: false });
    assert.deepEqual(age(UNUSED, 1000, 1000 + 40 * DAY, KEEP), { use: UNUSED, isDue: false });
    const { use, isDue } = age(UNUSED, 1000, START, KEEP);
    assert.deepEqual([use.at, use.seenDays, isDue], [START, 0, false]);
    assert.equal(dueAfter(hourly(START, 60), 1000), KEEP);
  });

  it('was ahead when the project was used: it stays longer, never shorter', () => {
    const use = used(START + 4000 * DAY);
    assert.equal(dueAfter(hourly(START, 60), START, use), undefined);
  });

  it('whatever it does, a project was said to go soon on eight different days before it is due', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 5000 }), { maxLength: 60 }), (days) => {
        let use = UNUSED;
        const seen = new Set<number>();
        for (const day of days) {
          const aged = age(use, START, START + day * DAY, KEEP);
          if (aged.use.seenDays > 0) seen.add(day);
          if (aged.isDue) assert.ok(seen.size >= 8, `due after ${[...seen]}`);
          ({ use } = aged);
        }
      }),
    );
  });
});
