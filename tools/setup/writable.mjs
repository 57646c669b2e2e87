import { accessSync, constants } from 'node:fs';
import { SetupError } from './setup-error.mjs';

/**
 * Before something is installed: a service may not write where the program lies, and gets one sentence in place of a
 * stack. It comes here too where the Python of the environment lies in a home that it may not read.
 *
 * @param {string} root
 * @param {string} what
 * @param {string} command what makes it
 */
export function refuseUnwritable(root, what, command = 'npm run setup') {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new SetupError(
      `${what} are missing, of another version, or not readable for this user, who may not write in ${root} either. Run ${command} there as the user whom it belongs to (docs/administration.md § As a service).`,
    );
  }
}
