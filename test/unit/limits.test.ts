import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooManyStreams } from '../../src/errors.ts';
import { createCountLimit } from '../../src/http/limits.ts';
import { createLagDetector } from '../../src/http/pressure.ts';

const client = (address: string, workspace = '') => ({ address, workspace });

test('so many places a client and no more; each is given back once', () => {
  const limit = createCountLimit(2, tooManyStreams);
  const leave = limit.enter(client('10.0.0.1'));
  limit.enter(client('10.0.0.1'));
  assert.throws(() => limit.enter(client('10.0.0.1')), /More than 2 windows/);
  limit.enter(client('10.0.0.2'));
  limit.enter(client('10.0.0.1', '7a'));
  leave();
  leave();
  limit.enter(client('10.0.0.1'));
  assert.throws(() => limit.enter(client('10.0.0.1')));
});

test('the addresses of one IPv6 network share their places', () => {
  const limit = createCountLimit(2, tooManyStreams);
  limit.enter(client('2001:db8:1:2::1'));
  limit.enter(client('2001:db8:1:2:ffff::2'));
  assert.throws(() => limit.enter(client('2001:db8:1:2:3:4:5:6')));
  limit.enter(client('2001:db8:1:3::1'));
});

test('one slow moment is no lag, however long it takes; lag that lasts is, until the first window without', () => {
  const isLagging = createLagDetector(1000, 3);
  const seen = [50, Infinity, 0, 1001, 5000, 999, 1001, 1001, 1001, Infinity, 1000, 1001].map(isLagging);
  assert.deepEqual(
    seen.flatMap((lags, index) => (lags ? [index] : [])),
    [8, 9],
  );
});
