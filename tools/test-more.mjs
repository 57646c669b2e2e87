// `npm run test:soak`, `npm run test:page`, `npm run test:cluster`, `npm run test:plus`: what takes minutes, apart from `npm test`. A word picks the files with it in their names.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pytestWith } from './setup/pytest.mjs';
import { ROOT, setUp } from './setup/set-up.mjs';

const [kind = 'soak', ...wanted] = process.argv.slice(2);
const { python } = await setUp({ development: true });
const files = readdirSync(join(ROOT, 'test', kind))
  .filter((name) => name.endsWith(`.${kind}.ts`) && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .map((name) => join('test', kind, name));
const runs = [[process.execPath, '--import', 'tsx', '--test', '--test-concurrency=1', ...files]];
// The long tests of Python are marked and lie beside their short ones.
if (['soak', 'plus'].includes(kind) && wanted.length === 0)
  runs.push([python, ...pytestWith(kind), join('test', 'python')]);
const statuses = runs.map(
  ([command = '', ...args]) => spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' }).status,
);
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;
