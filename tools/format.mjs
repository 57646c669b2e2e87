// `npm run format`: lay out the code of both languages anew, in place.
import { spawnSync } from 'node:child_process';
import { formatCommands } from './check/parts.mjs';
import { ROOT, setUp } from './setup/set-up.mjs';

const { python } = await setUp({ development: true });
const statuses = formatCommands(python).map(
  ([program = '', ...args]) => spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' }).status,
);
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;
