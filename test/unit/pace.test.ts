import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPace, reused } from '../../src/jobs/pace.ts';

describe('work that takes longer the more there is', () => {
  it('rests for nine times as long as it took, and not at all where it takes next to nothing', () => {
    let nowMs = 0;
    const pace = createPace(() => nowMs);
    assert.equal(pace.restMs(20), 20);
    assert.equal(
      pace.run(() => (nowMs += 100)),
      100,
    );
    assert.equal(pace.restMs(20), 900);
    assert.equal(pace.restMs(2_000), 2_000);
    pace.run(() => (nowMs += 1));
    assert.equal(pace.restMs(0), 0);
  });

  it('is answered from the last time meanwhile', () => {
    let nowMs = 0;
    let made = 0;
    const ask = reused(
      () => {
        nowMs += 10;
        return (made += 1);
      },
      () => nowMs,
    );
    assert.deepEqual([ask(), ask()], [1, 1]);
    nowMs += 89;
    assert.equal(ask(), 1);
    nowMs += 1;
    assert.equal(ask(), 2);
  });

  it('what takes next to nothing is done each time', () => {
    let made = 0;
    const ask = reused(
      () => (made += 1),
      () => 0,
    );
    assert.deepEqual([ask(), ask()], [1, 2]);
  });
});
