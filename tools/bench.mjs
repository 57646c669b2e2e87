// `npm run bench`: install what is missing, then measure; one JSON line per measurement on standard output.
import { setUp } from './setup/set-up.mjs';

// The set-up prints for people, so it writes to standard error; standard output is for the measurements.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const { python } = await setUp({ development: true });
process.stdout.write = write;

const { register } = await import('tsx/esm/api');
register();
const { main } = await import('./bench/main.ts');
process.exitCode = await main(process.argv.slice(2), python);
