import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

// No function has more than 60 lines of its own: those of a function within it count for that one. Biome counts the
// lines of files, and of functions with all that is in them, where those do not list routes or tests.

const LONGEST = 60;
const HEAD = /^\s*(export )?(default )?(async )?function\b|=> \{$|^\s+(async |get )*\w+\(.*\{$/;
const NO_FUNCTION = /^\s*\}?\s*(if|for|while|switch|catch|else)\b(?!.*=> \{$)/;

interface Long {
  readonly line: number;
  readonly lines: number;
}

/** Read by the layout, which `npm run check` asks for: a function ends where a `}` stands as far in as its first line. */
function longFunctions(text: string): Long[] {
  const found: Long[] = [];
  const open: { line: number; depth: number; within: number }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const depth = line.search(/\S/);
    const last = open.at(-1);
    if (last?.depth === depth && line[depth] === '}') {
      open.pop();
      const whole = index + 1 - last.line + 1;
      const parent = open.at(-1);
      if (parent !== undefined) parent.within += whole;
      if (whole - last.within > LONGEST) found.push({ line: last.line, lines: whole - last.within });
    }
    if (HEAD.test(line) && !NO_FUNCTION.test(line)) open.push({ line: index + 1, depth, within: 0 });
  }
  return found;
}

const sources = ['src', 'page', 'tools', 'test'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => /\.(tsx?|mjs)$/.test(name)),
);

test('no function has more than 60 lines of its own', () => {
  assert.ok(sources.length > 500);
  const long = sources.flatMap((file) =>
    longFunctions(readFileSync(file, 'utf8')).map(({ line, lines }) => `${file}:${line} has ${lines} lines`),
  );
  assert.deepEqual(long, []);
});

test('a long function is found, in whatever way it begins', () => {
  const body = '  step();\n'.repeat(LONGEST - 1);
  for (const head of ['export async function f(', 'const f = async () => {', 'test(name, {\n  skip,\n}, () => {']) {
    const start = head.split('\n').length;
    assert.deepEqual(longFunctions(`${head}\n${body}}`), [{ line: start, lines: LONGEST + 1 }], head);
  }
  const inner = `  it('b', () => {\n${'    step();\n'.repeat(30)}  });\n`;
  assert.deepEqual(longFunctions(`describe('a', () => {\n${inner.repeat(3)}});`), [], 'of functions each counts');
});
