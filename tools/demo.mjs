// `npm run demo`: install what is missing, then take a generated project the whole way by HTTP.
import { setUp } from './setup/set-up.mjs';

await setUp({ development: false });
const { register } = await import('tsx/esm/api');
register();
const { demo } = await import('./demo/demo.ts');
process.exitCode = await demo();
