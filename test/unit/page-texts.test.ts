import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTopic } from '../../src/messages/catalogue.ts';
import { sourcesBelow } from '../helpers/import-lines.ts';

const page = fileURLToPath(new URL('../../page', import.meta.url));
const sources = sourcesBelow(page).map((name) => readFileSync(join(page, name), 'utf8'));
const keys = Object.keys(readTopic('page.json'));

/** Keys that are put together: `part.${part}` in the sources stands for every key that begins so. */
const beginnings = sources.flatMap((text) => [...text.matchAll(/`([a-z_.]+)\$\{[^}]+\}([a-z_]*)`/g)]);

test('every sentence of the page is said somewhere', () => {
  const unused = keys.filter(
    (key) =>
      !sources.some((text) => text.includes(`'${key}'`)) &&
      !beginnings.some(([, start = '', end = '']) => key.startsWith(start) && key.endsWith(end)),
  );
  assert.deepEqual(unused, []);
});

test('nothing that people read stands in the sources: every text comes from the catalogue', () => {
  // names that are the same in every language
  const NAMES = /^(KidBright mAI|ไทย|English|[^\p{L}]*)$/u;
  const found = sources.flatMap((text) =>
    [
      ...text.matchAll(/(?<!=)>\s*([^<>{}=;()]*\p{L}{2,}[^<>{}=;()]*?)\s*<[/\w]/gu),
      ...text.matchAll(/\b(?:aria-label|title|alt|placeholder)="([^"]*)"/gu),
    ]
      .map(([, words = '']) => words.trim())
      .filter((words) => !NAMES.test(words)),
  );
  assert.deepEqual(found, []);
});
