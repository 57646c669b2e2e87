// `npm run setup:plus`: the compiler for the board kidbright-mai-plus. Nothing else needs it, so no other command installs it.
import { installPlusEnvironment } from './setup/plus-environment.mjs';
import { ROOT } from './setup/set-up.mjs';
import { SetupError } from './setup/setup-error.mjs';

try {
  const isNew = await installPlusEnvironment(ROOT);
  console.log(
    `Ready: ${isNew ? 'from now on ' : ''}this server makes models for kidbright-mai-plus; a running server needs no restart.`,
  );
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nSet-up stopped: ${error.message}`);
  process.exitCode = 1;
}
