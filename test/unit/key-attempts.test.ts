import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyAttempts, FREE_GUESSES } from '../../src/http/key-attempts.ts';

function guesses(attempts: ReturnType<typeof createKeyAttempts>, count: number, address = '10.0.0.1') {
  return Array.from({ length: count }, () => attempts.waitMs(address, undefined));
}

test('a class may mistype its key; a program that guesses waits for turns, then is refused', () => {
  let now = 1_000_000;
  const attempts = createKeyAttempts(() => now);
  assert.deepEqual(new Set(guesses(attempts, FREE_GUESSES)), new Set([0]));
  assert.deepEqual(guesses(attempts, 8), [0, 1000, 2000, 3000, 4000, 5000, undefined, undefined]);
  now += 2000;
  assert.deepEqual(guesses(attempts, 3), [4000, 5000, undefined]);
  assert.equal(attempts.waitMs('10.0.0.2', undefined), 0, 'another address');
});

test('over an hour an address gets no more than a guess a second', () => {
  let now = 0;
  const attempts = createKeyAttempts(() => now);
  let answered = 0;
  for (; now < 3_600_000; now += 10) if (attempts.waitMs('10.0.0.1', undefined) !== undefined) answered += 1;
  assert.ok(answered <= 3600 + FREE_GUESSES + 10, String(answered));
});

test('a right key gives nothing away: it waits as a wrong one would, and what an address opened once never waits', () => {
  let now = 1_000_000;
  const attempts = createKeyAttempts(() => now);
  assert.equal(attempts.waitMs('10.0.0.1', '7a'), 0);
  guesses(attempts, FREE_GUESSES + 3);
  assert.equal(attempts.waitMs('10.0.0.1', '7a'), 0);
  assert.equal(attempts.waitMs('10.0.0.1', '7b'), 3000);
  guesses(attempts, 10);
  assert.equal(attempts.waitMs('10.0.0.1', '7c'), undefined);
  assert.deepEqual(
    ['7a', '7b'].map((workspace) => attempts.waitMs('10.0.0.1', workspace)),
    [0, 0],
  );
  now += 61_000;
  assert.equal(attempts.waitMs('10.0.0.1', '7c'), 0, 'a minute of peace');
});

test('ten thousand addresses are remembered, and not more', () => {
  const attempts = createKeyAttempts(() => 1_000_000);
  guesses(attempts, FREE_GUESSES + 2, 'first');
  for (let n = 0; n < 10_000; n += 1) attempts.waitMs(`10.${n}`, undefined);
  assert.equal(attempts.waitMs('first', undefined), 0);
});
