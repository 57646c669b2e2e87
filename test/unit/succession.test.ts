import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { inheritFrom, placeBehind, supersededBy } from '../../src/jobs/domain/succession.ts';
import { job } from '../helpers/job.ts';

describe('the place of a training', () => {
  const old = (more: Partial<Job>) => job('a', 'waiting', { place: { round: 4, since: 'a' }, ...more });

  it('that replaces another is its place, and first where that had begun', () => {
    const { place, client } = old({});
    assert.deepEqual(inheritFrom(old({}), false, client), { place });
    for (const [more, running] of [
      [{}, true],
      [{ attempt: 1 }, false],
      [{ startsNext: true }, false],
    ] as const)
      assert.deepEqual(inheritFrom(old(more), running, client), { place, startsNext: true });
  });

  it('that replaces those of other computers is for them too', () => {
    const { client } = old({});
    const elsewhere = { workspace: '', address: '2' };
    assert.deepEqual(inheritFrom(old({}), false, elsewhere).alsoFor, ['1']);
    assert.deepEqual(inheritFrom(old({ alsoFor: ['2', '3', '1'] }), false, elsewhere).alsoFor, ['1', '3']);
    const reasonTo = (who: typeof client) => supersededBy(who, old({}));
    assert.deepEqual(
      [reasonTo(elsewhere), reasonTo(client)],
      [reasonOf('superseded', { elsewhere: true }), reasonOf('superseded')],
    );
  });

  it('that waits for a conversion is behind it', () => {
    const train = job('b');
    assert.deepEqual(placeBehind(train, old({ kind: 'convert' })).place, { round: 4, since: 'b' });
    assert.deepEqual([placeBehind(train, job('a')).place, placeBehind(train, undefined)], [train.place, train]);
  });
});
