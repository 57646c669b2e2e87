import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ARROWS } from '../helpers/arrows.ts';
import { assertNoCircle, importsOf, sourcesBelow } from '../helpers/import-lines.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));

const CONSTRUCTORS = ['app.ts', 'app-routes.ts', 'app-unused.ts', 'server.ts'];

const files = sourcesBelow(src);
const imports = files.flatMap((file) => importsOf(src, file));

/** The innermost folder with arrows of its own. */
function room(file: string): string {
  const parts = file.split('/');
  const within = parts.slice(0, 2).join('/');
  return parts.length > 2 && within in ARROWS ? within : (parts[0] ?? file);
}

const isIn = (file: string, names: readonly string[]) => names.includes(room(file)) || names.includes(file);

test('imports follow the arrows of docs/architecture.md', () => {
  assert.ok(imports.length > 100);
  for (const { from, to, isType } of imports) {
    if (CONSTRUCTORS.includes(from) || room(from) === room(to)) continue;
    const { values, types = [] } =
      ARROWS[room(from)] ?? assert.fail(`${from} is in no room that docs/architecture.md knows`);
    assert.ok(
      isIn(to, values) || (isType && isIn(to, types)),
      `${from} may not import ${isType ? 'a type' : 'a value'} of ${to}`,
    );
  }
});

test('the rules of jobs do no input or output: of Node they use random numbers alone', () => {
  const rules = files.filter((file) => room(file) === 'jobs/domain');
  assert.ok(rules.length > 10);
  for (const file of rules) {
    const text = readFileSync(join(src, file), 'utf8');
    for (const [, module = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'([^.'][^']*)'/g)) {
      assert.ok(['node:crypto', 'typebox'].includes(module), `${file} may not import ${module}`);
    }
    assert.doesNotMatch(text, /\bprocess\.|\bset(Timeout|Interval|Immediate)\(|\bfetch\(|\brequire\(/, file);
  }
});

test('nothing but app.ts and server.ts imports them', () => {
  for (const { from, to } of imports)
    assert.ok(
      !CONSTRUCTORS.includes(to) ||
        ['server.ts app.ts', 'app.ts app-routes.ts', 'app.ts app-unused.ts', 'app-unused.ts app-routes.ts'].includes(
          `${from} ${to}`,
        ),
      `${from} imports ${to}`,
    );
});

test('only config.ts and the places that construct read the environment', () => {
  for (const file of files) {
    if (CONSTRUCTORS.includes(file)) continue;
    assert.doesNotMatch(readFileSync(join(src, file), 'utf8'), /process\.env/, file);
  }
});

test('no import leads back to where it came from', () => assertNoCircle(files, imports));
