// `npm run update [-- TAG]`: fetch a newer version, try it, and go back if it does not start here.
import { ROOT } from './setup/set-up.mjs';
import { update, UpdateError } from './update/update.mjs';

try {
  await update({ root: ROOT, to: process.argv[2] });
} catch (error) {
  if (!(error instanceof UpdateError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
