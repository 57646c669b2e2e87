import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { refusal, versionOf } from './find-python.mjs';
import { run } from './run.mjs';
import { SetupError } from './setup-error.mjs';

// Finds Python 3.10, the only version that the compiler for kidbright-mai-plus has a package for.

const NEED = 'Python 3.10 is needed, as the compiler for kidbright-mai-plus has no package for another version';
const HOW =
  'install it with "uv python install 3.10" or "pyenv install 3.10" or "conda create -n plus python=3.10", or name one in MAI_PYTHON_PLUS; then run the same command again.';

/**
 * MAI_PYTHON_PLUS if it is set, else the first of the usual places that holds a Python 3.10.
 *
 * @param {string} wanted
 * @returns {Promise<import('./find-python.mjs').Python>}
 */
export async function findPlusPython(wanted) {
  const found = [];
  for (const command of wanted ? [[wanted]] : await usualCommands()) {
    const version = await versionOf(command);
    if (version !== undefined && isPlusPython(version)) return { command, version };
    if (version !== undefined) found.push({ command, version });
  }
  throw new SetupError(refusal({ name: 'MAI_PYTHON_PLUS', wanted, found, need: NEED, how: HOW }));
}

/** @param {string} version */
export function isPlusPython(version) {
  return /^3\.10\.\d+$/.test(version);
}

/** On the path first, then where pyenv, uv and conda keep theirs. */
async function usualCommands() {
  const { env } = process;
  const onPath = [['python3.10'], ['python3'], ['python']];
  const { code, output } = await run('uv', ['python', 'find', '3.10'], { quiet: true });
  const ofUv = code === 0 ? [[output.trim().split('\n').at(-1) ?? '']] : [];
  const pyenv = interpretersIn(join(env['PYENV_ROOT'] || join(homedir(), '.pyenv'), 'versions'), /^3\.10\./);
  const condaRoots = [env['CONDA_PREFIX'], ...['miniconda3', 'anaconda3', 'miniforge3'].map((n) => join(homedir(), n))];
  const conda = condaRoots.flatMap((root) =>
    root ? [...interpreterOf(root), ...interpretersIn(join(root, 'envs'))] : [],
  );
  return [...onPath, ...pyenv, ...ofUv, ...conda];
}

/** Of the folders in `root`, the newest name first. @param {string} root @param {RegExp} named */
function interpretersIn(root, named = /./) {
  if (!existsSync(root)) return [];
  const names = readdirSync(root).filter((name) => named.test(name));
  names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return names.flatMap((name) => interpreterOf(join(root, name)));
}

/** @param {string} folder */
function interpreterOf(folder) {
  const path = join(folder, 'bin', 'python');
  return existsSync(path) ? [[path]] : [];
}
