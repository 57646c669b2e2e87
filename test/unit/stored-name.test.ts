import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { distinctFile, distinctName, storedName } from '../../src/projects/stored-name.ts';

interface Row {
  readonly name: string;
  readonly stored: string;
  readonly distinct: string;
}

const ROWS = JSON.parse(
  readFileSync(new URL('../fixtures/stored-names.json', import.meta.url), 'utf8'),
) as readonly Row[];

test('names on disk are those of the fixture, which Python reads too', () => {
  for (const { name, stored, distinct } of ROWS) {
    assert.equal(storedName(name), stored, JSON.stringify(name));
    assert.equal(distinctName(name), distinct, JSON.stringify(name));
  }
});

test('every stored name can be held by every system, in 255 bytes', () => {
  for (const { stored, distinct } of ROWS) {
    for (const name of [stored, distinct]) {
      assert.doesNotMatch(
        name,
        /[<>:"|?*\\/\u0000-\u001f\u007f]|[. ]$|^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i,
      );
      assert.ok(name !== '' && Buffer.byteLength(name) <= 255, name);
    }
  }
});

test('names that fit stay as they are', () => {
  for (const name of ['a.jpg', 'แมว', '🐱.png', '.hidden', 'a.b.c', 'x'.repeat(200), 'Cat 2', 'console', ' cat'])
    assert.equal(storedName(name), name);
});

test('what a file system cannot hold, or reads differently, gets a readable name with a hash', () => {
  for (const name of [
    'CON',
    'nul.jpg',
    'con.tar.gz',
    'cat ',
    'cat.',
    '.',
    '',
    'a\\b',
    '1:2',
    'what?',
    'line\nbreak',
    'photo.jpg:stream',
  ]) {
    assert.match(storedName(name), /~[0-9a-f]{16}(\.[a-z]+)?$/, JSON.stringify(name));
  }
  assert.match(storedName('what?'), /^what_~/);
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
  for (const stem of [long, 'what?', 'CON', 'img']) {
    assert.equal(distinctName(`${stem}.jpg`).slice(0, -4), distinctName(`${stem}.xml`).slice(0, -4));
    assert.equal(storedName(`${stem}.jpg`).slice(0, -4), storedName(`${stem}.wav`).slice(0, -4));
  }
});

test('the distinct forms of names that differ in case alone, in the stem or in the extension, differ in more', () => {
  assert.notEqual(distinctName('IMG.jpg').toLowerCase(), distinctName('img.jpg').toLowerCase());
  assert.notEqual(distinctFile('IMG.jpg').toLowerCase(), distinctFile('IMG.JPG').toLowerCase());
});

test('the measured name of one label, from before names had other reasons to change', () => {
  assert.equal(storedName('ก'.repeat(100)), `${'ก'.repeat(66)}~4f2fe873239f54c4`);
});
