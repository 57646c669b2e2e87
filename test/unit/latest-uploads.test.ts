import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLatestUploads } from '../../src/jobs/domain/latest-uploads.ts';

describe('the newest upload of a client', () => {
  it('is the one before it when it was deleted', () => {
    const latest = createLatestUploads();
    const [one, two] = [
      { workspace: '', address: '1' },
      { workspace: '', address: '2' },
    ];
    const [a, b] = [
      { workspace: '', id: 'a' },
      { workspace: '', id: 'b' },
    ];
    latest.note(one, a);
    latest.note(one, b);
    latest.forget(b);
    assert.deepEqual(latest.of(one), a);
    latest.note(one, b);
    latest.note(two, b);
    assert.deepEqual([latest.of(one), latest.of(two)], [b, b]);
    latest.forget(b);
    assert.deepEqual([latest.of(one), latest.of(two)], [a, undefined]);
  });
});
