import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLagDetector } from '../../src/http/pressure.ts';

test('one slow moment is no lag, however long it takes; lag that lasts is, until the first window without', () => {
  const isLagging = createLagDetector(1000, 3);
  const seen = [50, Infinity, 0, 1001, 5000, 999, 1001, 1001, 1001, Infinity, 1000, 1001].map(isLagging);
  assert.deepEqual(
    seen.flatMap((lags, index) => (lags ? [index] : [])),
    [8, 9],
  );
});
