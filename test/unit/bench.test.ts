import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commit } from '../../tools/bench/hardware.ts';
import { partsByName } from '../../tools/bench/main.ts';
import { reportLine } from '../../tools/bench/measurement.ts';
import { appendRecord, commandOf, RECORDS } from '../../tools/bench/record.ts';
import { markdownTable } from '../../tools/bench/table.ts';

const surroundings = {
  date: new Date('2026-11-28T23:59:00Z'),
  commit: 'c',
  machine: { cpu: 'CPU', cores: 2, gpu: null },
  command: 'npm run bench -- x',
};

const line = (values: readonly number[], goal?: string, details?: Readonly<Record<string, number>>) =>
  reportLine(
    { name: 'x', unit: 'points', values, data: 'd', ...(goal && { goal }), ...(details && { details }) },
    surroundings,
  );

describe('a line of a benchmark', () => {
  it('has the mean over the values and how sure it is', () => {
    const { mean, standard_error, repeats } = line([1, 2, 6]);
    assert.deepEqual({ mean, standard_error, repeats }, { mean: 3, standard_error: 1.528, repeats: 3 });
    assert.equal('standard_error' in line([4]), false);
  });

  it('has at most 200 single values: more are summed up by their number and spread', () => {
    assert.equal((line(Array<number>(200).fill(1))['values'] as number[]).length, 200);
    const many = line(Array<number>(201).fill(1));
    assert.deepEqual([many['values'], many['repeats'], many['max']], [undefined, 201, 1]);
  });

  it('says whether a goal is met, of the mean, of a further number, below zero too', () => {
    assert.equal(line([0, 12], 'mean <= 5').met, false);
    assert.equal(line([-12, -4], 'mean <= -5').met, true);
    assert.equal(line([1], 'recall >= 0.9', { recall: 0.89 }).met, false);
    assert.throws(() => line([1], 'mean about 5'), /no "field/);
  });
});

describe('the parts of a benchmark', () => {
  it('are named behind a colon; a name alone means all of them', () => {
    assert.deepEqual(
      [...partsByName(['truth:twins', 'start', 'truth:suspects'])],
      [
        ['truth', ['twins', 'suspects']],
        ['start', []],
      ],
    );
  });
});

describe('a record of a measurement', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mai-records-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('says when, where and how it was measured, with every value and the goal', () => {
    const { date, commit: hash, machine, command, values, goal, met } = line([3, 1.23456], 'median <= 2');
    assert.deepEqual(
      { date, hash, machine, command, values, goal, met },
      {
        date: '2026-11-28',
        hash: 'c',
        machine: surroundings.machine,
        command: 'npm run bench -- x',
        values: [3, 1.235],
        goal: 'median <= 2',
        met: false,
      },
    );
  });

  it('is appended to the file of its benchmark; what is there stays', async () => {
    const records = join(folder, 'records');
    await appendRecord(records, 'start', { n: 1 });
    await appendRecord(records, 'start', { n: 2 });
    await appendRecord(records, 'truth', { n: 3 });
    assert.equal(await readFile(join(records, 'start.jsonl'), 'utf8'), '{"n":1}\n{"n":2}\n');
    assert.equal(await readFile(join(records, 'truth.jsonl'), 'utf8'), '{"n":3}\n');
  });

  it('has the command that measures it again', () => {
    assert.equal(commandOf('start', [], 3), 'npm run bench -- start');
    assert.equal(
      commandOf('truth', ['twins', 'suspects'], 5),
      'npm run bench -- truth:twins truth:suspects --repeats 5',
    );
    assert.equal(commandOf('photos', [], 3, true), 'npm run bench:growth -- photos');
  });

  it('is a row of docs/performance.md, the newest of each name; a note is none', async () => {
    const file = join(folder, 'x.jsonl');
    const older = { ...line([9]), date: '2026-11-01' };
    const lines = [older, line([4, 5, 7], 'median <= 4'), { name: 'why', note: 'text' }];
    await appendFile(file, lines.map((found) => JSON.stringify(found)).join('\n'));
    const rows = (await markdownTable(file)).split('\n').slice(2);
    assert.deepEqual(rows, [
      '| x: d | median ≤ 4: **missed** | 5 points (4–7, 3) | CPU, 2 cores | `npm run bench -- x` | 2026-11-28 |',
    ]);
  });

  it('does not make its commit a changed one; a changed source does', async () => {
    const root = join(folder, 'repository');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e', ...args], { cwd: root, stdio: 'pipe' });
    mkdirSync(join(root, 'tools', 'bench', 'records'), { recursive: true });
    git('init', '--quiet');
    await appendFile(join(root, 'tools', 'bench', 'records', 'x.jsonl'), '{}\n');
    await appendFile(join(root, 'source'), 'a');
    git('add', '.');
    git('commit', '--quiet', '--message', 'm');
    await appendFile(join(root, 'tools', 'bench', 'records', 'x.jsonl'), '{}\n');
    assert.match(commit(root), /^[0-9a-f]+$/);
    await appendFile(join(root, 'source'), 'b');
    assert.match(commit(root), /^[0-9a-f]+\+$/);
  });
});

describe('tools/bench/records', () => {
  const lines = readdirSync(RECORDS)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) =>
      readFileSync(join(RECORDS, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((text, n) => ({ at: `${name}:${n + 1}`, record: JSON.parse(text) as Record<string, unknown> })),
    );

  it('have on every line when, on which machine and by which command, or null where that is not known', () => {
    assert.ok(lines.length > 0);
    for (const { at, record } of lines) {
      assert.match(String(record['date']), /^\d{4}-\d\d-\d\d$|^null$/, at);
      assert.equal(typeof record['name'], 'string', at);
      for (const field of ['commit', 'machine', 'command']) assert.ok(field in record, `${at}: ${field}`);
      assert.ok('values' in record || 'repeats' in record || typeof record['note'] === 'string', at);
    }
  });
});
