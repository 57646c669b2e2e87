// `npm test`: install what is missing, then every test, TypeScript and Python. One failing part does not hide another.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, setUp } from './setup/set-up.mjs';
import { testBundle } from './setup/test-bundle.mjs';

const { python } = await setUp({ development: true });

const { folder, tests } = await testBundle(ROOT);

const parts = [
  ['types', process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '--noEmit']],
  ['lint', python, ['-m', 'ruff', 'check', '--no-cache', '--config', join('python', 'pyproject.toml'), 'python', join('test', 'python'), 'tools']],
  ['server', process.execPath, ['--enable-source-maps', '--test', '--test-concurrency=2', ...tests], { KIDBRIGHT_TEST_BUILD: folder }],
  [
    'python',
    python,
    ['-m', 'pytest', '-c', join('python', 'pyproject.toml'), '--rootdir', '.', '-rs', '-m', 'not soak', '-n', '2', '--dist', 'loadfile', '--durations=8', join('test', 'python')],
    // One thread in each of the two processes: threads of PyTorch that wait for each other cost more than they bring.
    { OMP_NUM_THREADS: '1', OMP_WAIT_POLICY: 'PASSIVE' },
  ],
];

const failed = [];
for (const [name, command, args, environment] of parts) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...environment } });
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? '\nAll parts passed.' : `\nFailed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
