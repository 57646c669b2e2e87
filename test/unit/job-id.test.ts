import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJobIds } from '../../src/jobs/domain/job-id.ts';

describe('job ids', () => {
  it('sort by time, also within a millisecond and with a clock that was set back', () => {
    let now = 1_000_000;
    const ids = createJobIds(() => now);
    const made = Array.from({ length: 50 }, () => ids.next());
    now -= 500_000;
    made.push(ids.next());
    assert.deepEqual([...made].sort(), made);
    const restarted = createJobIds(() => now);
    restarted.advance(made.at(-1) ?? '');
    assert.ok(restarted.next() > (made.at(-1) ?? ''));
    assert.match(made[0] ?? '', /^[a-z0-9]{9}-[0-9a-f]{6}$/);
  });
});
