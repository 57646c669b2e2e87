import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storedName } from '../../src/projects/stored-name.ts';

test('names that fit stay as they are', () => {
  for (const name of ['a.jpg', 'แมว', '🐱.png', '.hidden', 'a.b.c', 'x'.repeat(200)]) assert.equal(storedName(name), name);
});

test('a long name keeps its beginning and its extension, within 255 bytes and in whole characters', () => {
  const stored = storedName(`${'แมว'.repeat(67)}.jpg`);
  assert.match(stored, /^(แมว)+แ?ม?~[0-9a-f]{16}\.jpg$/u);
  assert.ok(Buffer.byteLength(stored) <= 255);
  assert.ok(Buffer.byteLength(storedName(`${'🐱'.repeat(200)}.jpeg`)) <= 255);
});

test('long names that differ at their end stay different, those that differ in extension keep one stem', () => {
  const long = 'ก'.repeat(199);
  assert.notEqual(storedName(`${long}a.jpg`), storedName(`${long}b.jpg`));
  assert.equal(storedName(`${long}.jpg`).slice(0, -4), storedName(`${long}.xml`).slice(0, -4));
});

test('the measured name of one label, which Python must find too', () => {
  assert.equal(storedName('ก'.repeat(100)), `${'ก'.repeat(66)}~4f2fe873239f54c4`);
});
