// `npm start`: install what is missing, then serve in this same process, so that signals reach the server itself.
import { pageBundle } from './setup/page-bundle.mjs';
import { orStop, ROOT, setUp } from './setup/set-up.mjs';
import { serverBundle } from './setup/server-bundle.mjs';

await setUp({ python: !process.argv.includes('--help') });
process.setSourceMapsEnabled(true);
await orStop(() => pageBundle(ROOT));
const { main } = await import(await orStop(() => serverBundle(ROOT)));
await main(process.argv.slice(2));
