// `npm run backup -- FILE` and `npm run restore -- FILE`: all projects into one file, also while trainings run, and back.
import { setUp } from './setup/set-up.mjs';

const [task = '', ...rest] = process.argv.slice(2);
await setUp({ python: false });
const { register } = await import('tsx/esm/api');
register();
const { main } = await import('../src/backup/main.ts');
process.exitCode = await main(task === 'restore' ? 'restore' : 'backup', rest, process.env);
