// `npm test`: install what is missing, then every test, TypeScript and Python. One failing part does not hide another.
// Types, lint and import rules are `npm run check`.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pytestWith } from './setup/pytest.mjs';
import { ROOT, setUp } from './setup/set-up.mjs';
import { testBundle } from './setup/test-bundle.mjs';

const { python } = await setUp({ development: true });

const { folder, first, tests } = await testBundle(ROOT);

/** The slowest file takes a quarter of it beside two others: one that hangs must not hold up all. */
const FILE_TIMEOUT_MS = 240_000;

/** Most processes here live for seconds: V8 spends less on making code fast that then hardly runs. */
const OPTIMISE_LATER = ['--interrupt-budget=500000'];
const isKnown = spawnSync(process.execPath, [...OPTIMISE_LATER, '--eval', '0']).status === 0;
const failures = join(folder, 'failures.txt');

/** @typedef {{ name: string, command: string, args: string[], environment: Readonly<Record<string, string>> }} Part */

/** @type {Part[]} */
const parts = [
  {
    name: 'server',
    command: process.execPath,
    // More files at a time than cores: these tests wait for processes, kills and deadlines a third of their time.
    args: [
      ...(isKnown ? OPTIMISE_LATER : []),
      ...['--enable-source-maps', `--import=${pathToFileURL(first)}`],
      ...['--test', '--test-concurrency=3', `--test-timeout=${FILE_TIMEOUT_MS}`],
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...[
        `--test-reporter=${join(ROOT, 'tools', 'setup', 'failed-tests.mjs')}`,
        `--test-reporter-destination=${failures}`,
      ],
      ...tests,
    ],
    environment: { KIDBRIGHT_TEST_BUILD: folder },
  },
  {
    name: 'python',
    command: python,
    args: [
      ...pytestWith('not soak and not plus'),
      ...['-n', '2', '--dist', 'loadfile', '--durations=8', join('test', 'python')],
    ],
    // One thread in each of the two processes: threads of PyTorch that wait for each other cost more than they bring.
    environment: { OMP_NUM_THREADS: '1', OMP_WAIT_POLICY: 'PASSIVE' },
  },
];

/** @type {string[]} */
const failed = [];
for (const { name, command, args, environment } of parts) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  });
  if (status !== 0) failed.push(name);
}
if (failed.includes('server')) console.log(`\n== failed in server\n${readFileSync(failures, 'utf8')}`);
console.log(failed.length === 0 ? '\nAll parts passed.' : `\nFailed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
