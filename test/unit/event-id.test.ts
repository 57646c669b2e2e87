import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEventId, parseEventId } from '../../src/events/stream/event-id.ts';

describe('event ids', () => {
  it('are read back, and nothing else is', () => {
    assert.deepEqual(parseEventId(formatEventId('0mabc-12', 7)), { jobId: '0mabc-12', seq: 7 });
    assert.deepEqual(parseEventId('7'), { jobId: undefined, seq: 7 });
    for (const text of [undefined, '', 'x', ':7', '-1', '1.5', 'a:b:3', '../x:1', '9'.repeat(16), ' 7'])
      assert.equal(parseEventId(text), undefined);
  });
});
