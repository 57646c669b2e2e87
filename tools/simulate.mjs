// `npm run simulate`: a class on the server's queue, on a virtual clock; prints a table.
import { setUp } from './setup/set-up.mjs';

await setUp({ development: true, python: false });
const { register } = await import('tsx/esm/api');
register();
const { main } = await import('./simulate/main.ts');
process.exitCode = main(process.argv.slice(2));
