// `npm start`: install what is missing, then serve in this same process, so that signals reach the server itself.
import { setUp } from './setup/set-up.mjs';

await setUp({ python: !process.argv.includes('--help') });
const { register } = await import('tsx/esm/api');
register();
const { main } = await import('../src/server.ts');
await main(process.argv.slice(2));
