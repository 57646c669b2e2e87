import { run } from './run.mjs';
import { SetupError } from './setup-error.mjs';

/** PyTorch 2.13 has wheels for these minor versions of Python 3, and so have all packages of requirements.txt. */
const OLDEST_MINOR = 10;
const NEWEST_MINOR = 14;
export const RANGE = `Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}`;

const NEED = `${RANGE} is needed, as PyTorch has builds for these`;
const HOW =
  'install one that fits from https://www.python.org (Debian, Ubuntu: sudo apt install python3 python3-venv), then try again.';

const ASK = 'import sys; print("%d.%d.%d" % sys.version_info[:3])';

/** @typedef {{ command: string[], version: string }} Python */

/**
 * The newest interpreter that PyTorch has a build for: MAI_PYTHON if it is set, else among the usual names.
 *
 * @param {string} wanted
 * @returns {Promise<Python>}
 */
export async function findPython(wanted) {
  const found = [];
  for (const command of wanted ? [[wanted]] : usualCommands()) {
    const version = await versionOf(command);
    if (version !== undefined) found.push({ command, version });
  }
  const chosen = newestThatFits(found);
  if (chosen !== undefined) return chosen;
  throw new SetupError(refusal({ name: 'MAI_PYTHON', wanted, found, need: NEED, how: HOW }));
}

/**
 * Of two commands with the same version the first counts.
 *
 * @param {readonly Python[]} found
 * @returns {Python | undefined}
 */
export function newestThatFits(found) {
  let best;
  for (const python of found) {
    if (fits(python.version) && (best === undefined || compareVersions(python.version, best.version) > 0))
      best = python;
  }
  return best;
}

/** `py` is the launcher of Python for Windows. */
function usualCommands() {
  const minors = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => NEWEST_MINOR - index);
  const numbered = minors.map((minor) => [`python3.${minor}`]);
  const launcher = process.platform === 'win32' ? minors.map((minor) => ['py', `-3.${minor}`]) : [];
  return [['python3'], ['python'], ...numbered, ...launcher];
}

/** @param {string[]} command @returns {Promise<string | undefined>} undefined where it does not start */
export async function versionOf([program = '', ...args]) {
  const { code, output } = await run(program, [...args, '-c', ASK], { quiet: true });
  const version = output.trim();
  return code === 0 && /^\d+\.\d+\.\d+$/.test(version) ? version : undefined;
}

/** @param {string} version */
function fits(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 3 && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;
}

/** @param {string} a @param {string} b */
function compareVersions(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

/**
 * Why none of the interpreters will do, and what to do about it.
 *
 * @param {{ name: string, wanted: string, found: readonly Python[], need: string, how: string }} search `name`: the
 *   variable that names an interpreter, `wanted` what it says
 */
export function refusal({ name, wanted, found, need, how }) {
  const [first] = found;
  if (wanted && first === undefined)
    return `${name} is ${wanted}, which does not start: ${need}; set ${name} to its path.`;
  if (first === undefined) return `${need}, and none was found: ${how}`;
  const there = found.map(({ command, version }) => `${command.join(' ')} is ${version}`).join(', ');
  return `${need}, but ${there}: ${how}`;
}
