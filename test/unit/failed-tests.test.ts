import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { tempDir } from '../helpers/temp-dir.ts';

it('what failed is listed with its reason: tests, suites whose own code fails, and nothing that only contains them', async () => {
  const file = join(await tempDir(), 'some.mjs');
  writeFileSync(
    file,
    `import { describe, it } from 'node:test';
     describe('fine', () => it('passes', () => undefined));
     describe('outer', () => it('inner', () => { throw new Error('of a test'); }));
     describe('late', async () => { await null; throw new Error('of a suite'); });`,
  );
  const reporter = resolve('tools/setup/failed-tests.mjs');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = spawnSync(
    process.execPath,
    ['--test', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', file],
    { env, encoding: 'utf8', timeout: 60_000 },
  );
  const lines = stdout.split('\n').filter((line) => /^✖|^Error/.test(line));
  assert.deepEqual(lines, [`✖ inner (${file})`, 'Error: of a test', `✖ late (${file})`, 'Error: of a suite']);
});
