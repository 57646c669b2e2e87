// `npm run update [-- TAG]`: fetch a newer version, try it, and go back if it does not start here.
import { ROOT } from './setup/set-up.mjs';
import { update, UpdateError } from './update/update.mjs';

try {
  const [to, ...more] = process.argv.slice(2);
  if (more.length > 0) throw new UpdateError('Name one version, or none for the newest: npm run update -- v0.3.0.');
  await update({ root: ROOT, to });
} catch (error) {
  if (!(error instanceof UpdateError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
