// `npm run check`: the checks that need no running server. `npm run check -- types` runs one part alone.
import { availableParallelism } from 'node:os';
import { checkParts } from './check/parts.mjs';
import { runParts } from './check/run-parts.mjs';
import { environmentVersion } from './setup/python-packages.mjs';
import { ROOT, setUp } from './setup/set-up.mjs';

const { python } = await setUp({ development: true });
const all = checkParts(ROOT, python, environmentVersion(ROOT) ?? '');
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}: choose among ${all.map((part) => part.name).join(', ')}.`);
  process.exit(1);
}
const parts = wanted.length === 0 ? all : all.filter((part) => wanted.includes(part.name));
const failed = await runParts(parts, { cwd: ROOT, lanes: availableParallelism(), print: console.log });
process.exitCode = failed.length === 0 ? 0 : 1;
