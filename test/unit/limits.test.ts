import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooManyStreams } from '../../src/errors.ts';
import { createCountLimit, createRateLimit, UPLOAD_BURST, UPLOADS_PER_SECOND } from '../../src/http/limits.ts';

const client = (address: string, workspace = '') => ({ address, workspace });

test('50 uploads a second from one address pass for a minute', () => {
  let now = 0;
  const limit = createRateLimit('uploads', UPLOADS_PER_SECOND, UPLOAD_BURST, () => now);
  for (let n = 0; n < 3000; n += 1) {
    now += 20;
    limit.take(client('10.0.0.1'));
  }
});

test('a flood is refused, for its own address alone, and time heals it', () => {
  let now = 0;
  const limit = createRateLimit('uploads', 10, 20, () => now);
  for (let n = 0; n < 20; n += 1) limit.take(client('10.0.0.1'));
  assert.throws(() => limit.take(client('10.0.0.1')), /More than 10 uploads a second/);
  limit.take(client('10.0.0.2'));
  limit.take(client('10.0.0.1', '7a'));
  now += 200;
  limit.take(client('10.0.0.1'));
});

test('so many places a client and no more; each is given back once', () => {
  const limit = createCountLimit(2, tooManyStreams);
  const leave = limit.enter(client('10.0.0.1'));
  limit.enter(client('10.0.0.1'));
  assert.throws(() => limit.enter(client('10.0.0.1')), /More than 2 event streams/);
  limit.enter(client('10.0.0.2'));
  leave();
  leave();
  limit.enter(client('10.0.0.1'));
  assert.throws(() => limit.enter(client('10.0.0.1')));
});
