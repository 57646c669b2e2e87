// The install step by itself: `npm run setup`. Plain JavaScript, as nothing is installed yet.
import { setUp } from './setup/set-up.mjs';

await setUp({ development: true });
console.log('Ready: npm start serves, npm run demo shows the whole way, npm test runs the tests.');
