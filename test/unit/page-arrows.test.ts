import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertNoCircle, importsOf, sourcesBelow } from '../helpers/import-lines.ts';

const page = fileURLToPath(new URL('../../page', import.meta.url));

/** docs/architecture.md § Folders. A screen never imports another one. */
const SCREEN = ['core', 'room', 'parts'];
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  room: ['core'],
  parts: ['core', 'room'],
  wall: SCREEN,
  project: SCREEN,
  training: SCREEN,
  photos: SCREEN,
  result: SCREEN,
  try: SCREEN,
  connect: SCREEN,
};
const CONSTRUCTORS = ['main.tsx', 'app.tsx'];
/** What the page shares with the server beside types: how a sentence is made, and what can be a name. */
const SHARED = ['../src/messages/make-catalogue.ts', '../src/messages/render.ts', '../src/pupil-name.ts'];

const files = sourcesBelow(page);
const imports = files.flatMap((file) => importsOf(page, file));
const room = (file: string) => file.split('/')[0] ?? file;

test('the page imports follow the arrows, and of the server types alone', () => {
  assert.ok(imports.length > 50);
  for (const { from, to, isType } of imports) {
    if (to.endsWith('.css') || to.endsWith('.json')) continue;
    if (to.startsWith('..')) {
      assert.ok(isType || SHARED.includes(to), `${from} may not import a value of ${to}`);
      continue;
    }
    if (CONSTRUCTORS.includes(from) || room(from) === room(to)) continue;
    const may = ARROWS[room(from)] ?? assert.fail(`${from} is in no room that is known`);
    assert.ok(may.includes(room(to)), `${from} may not import ${to}`);
  }
});

test('no import of the page leads back to where it came from', () => assertNoCircle(files, imports));

test('nothing is put into the page as HTML, and no other origin is named', () => {
  for (const file of files) {
    const text = readFileSync(join(page, file), 'utf8');
    assert.doesNotMatch(
      text,
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/,
      file,
    );
    assert.doesNotMatch(text, /['"`(]\s*(?:https?:)?\/\/\w/, file);
  }
});
