import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyAttempts, FREE_GUESSES } from '../../src/http/key-attempts.ts';

// What one process alone remembers; the rules stand in test/conformance/clients.test.ts.

test('ten thousand addresses are remembered, and not more', async () => {
  const attempts = createKeyAttempts(() => 1_000_000);
  for (let n = 0; n < FREE_GUESSES + 2; n += 1) await attempts.waitMs('first', undefined);
  assert.notEqual(await attempts.waitMs('first', undefined), 0);
  for (let n = 0; n < 10_000; n += 1) await attempts.waitMs(`10.${n}`, undefined);
  assert.equal(await attempts.waitMs('first', undefined), 0);
});
