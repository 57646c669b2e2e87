import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { classOrder } from '../../src/projects/class-order.ts';
import { parseProjectFile } from '../../src/projects/project-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const venv = join(root, '.venv', 'bin', 'python');
const python = existsSync(venv) ? venv : (process.env['MAI_PYTHON'] ?? 'python3');
const folder = mkdtempSync(join(tmpdir(), 'class-order-'));
after(() => rmSync(folder, { recursive: true }));

/** Run a piece of Python beside ours, with JSON in and out. */
function inPython(code: string, input: unknown): unknown {
  const output = execFileSync(python, ['-c', `import json, sys\n${code}`], {
    cwd: join(root, 'python'),
    input: JSON.stringify(input),
    maxBuffer: 1 << 28,
  });
  return JSON.parse(output.toString());
}

/** What the board's program does with the labels. */
const onTheBoard = (labels: readonly string[]) => [...labels].map((label) => `"${label}"`).sort();

const PIECES = [
  ' ',
  '  ',
  '!',
  '"',
  '#',
  '\\',
  '/',
  "'",
  '&',
  '<',
  '\n',
  '\t',
  '0',
  '1',
  '12',
  'A',
  'a',
  'Z',
  'cat',
  'Cat',
  'é',
  'e\u0301',
  'ก',
  'แมว',
  'หมา',
  '\ud7ff',
  '\ue000',
  '\uf8ff',
  '\ufb00',
  '\ufffd',
  '\uffff',
  '\u{10000}',
  '😀',
  '🐱',
  '👩‍🏫',
  '\u{10ffff}',
  '\ud83d',
  '\udc31',
];

/** 10,000 sets of 2 to 60 labels, many of them the beginning of another; the same ones in every run. */
function labelSets(): string[][] {
  let state = 13;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const label = () => Array.from({ length: 1 + below(4) }, () => PIECES[below(PIECES.length)]).join('');
  return Array.from({ length: 10_000 }, (_, number) => {
    const labels: string[] = [];
    const size = number % 100 === 0 ? 60 : 2 + below(10);
    while (labels.length < size)
      labels.push(below(3) === 0 && labels.length > 0 ? `${labels[below(labels.length)]}${label()}` : label());
    return [...new Set(labels)];
  });
}

it("10,000 sets of labels are in the order of the board's program, in both languages", () => {
  const sets = labelSets();
  const expected = sets.map(onTheBoard);
  const fromPython = inPython(
    'from mai.class_order import class_order\nprint(json.dumps([class_order(labels) for labels in json.load(sys.stdin)]))',
    sets,
  ) as string[][];
  sets.forEach((labels, number) => {
    assert.deepEqual(
      classOrder(labels).map((label) => `"${label}"`),
      expected[number],
    );
    assert.deepEqual(
      fromPython[number]?.map((label) => `"${label}"`),
      expected[number],
    );
  });
});

it('both languages read the same labels from one project.json', async () => {
  const labels = [
    'cat',
    'cat 2',
    'cat!',
    'cat',
    '',
    ' ',
    '\ud83d',
    '\ufffd',
    '🐱',
    '\ufb00',
    'a\nb',
    '__proto__',
    'null',
    7,
    7.5,
    null,
    '"',
    'x\\y',
    '1/2',
    1e15,
  ];
  const content = JSON.stringify({
    id: 'p',
    name: 'p',
    projectType: 'IMAGE_CLASSIFICATION',
    labels: labels.map((label) => ({ label })),
  });
  writeFileSync(join(folder, 'project.json'), content);
  const inTypeScript = (await parseProjectFile(Buffer.from(content))).labels;
  assert.deepEqual(inTypeScript.slice(0, 2), [' ', '"']);
  assert.ok(
    inTypeScript.indexOf('cat 2') < inTypeScript.indexOf('cat') &&
      inTypeScript.indexOf('🐱') < inTypeScript.indexOf('\ufb00'),
  );
  const code =
    'from pathlib import Path\nfrom mai.config import read_project\nprint(json.dumps(read_project(Path(json.load(sys.stdin))).labels))';
  assert.deepEqual(inPython(code, folder), inTypeScript);
});
