import { fileURLToPath } from 'node:url';
import { environmentPython } from './environment.mjs';
import { installNodePackages } from './node-packages.mjs';
import { installPythonPackages } from './python-packages.mjs';
import { SetupError } from './setup-error.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Install what is missing and nothing else; a second run sees that nothing changed and returns at once.
 * Ends the process with one sentence when something is missing that a person must provide.
 *
 * @param {{ development?: boolean, python?: boolean, servingOnly?: boolean }} options
 * @returns {Promise<{ python: string }>} path of the environment's interpreter
 */
export async function setUp({ development = false, python = true, servingOnly = false } = {}) {
  return orStop(async () => {
    await installNodePackages(ROOT, { development, servingOnly });
    if (python) await installPythonPackages(ROOT, { development });
    return { python: environmentPython(ROOT) };
  });
}

/**
 * Ends the process with one sentence where a person must do something first.
 *
 * @template Result
 * @param {() => Promise<Result>} task
 * @returns {Promise<Result>}
 */
export async function orStop(task) {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\nSet-up stopped: ${error.message}`);
    process.exit(1);
  }
}
