import { run } from './run.mjs';
import { SetupError } from './setup-error.mjs';

const OLDEST = [3, 10];
const ASK = 'import sys; print("%d.%d.%d" % sys.version_info[:3])';

/**
 * The first interpreter that is new enough: MAI_PYTHON if it is set, else the usual names.
 *
 * @param {string} wanted
 * @returns {Promise<{ command: string[], version: string }>}
 */
export async function findPython(wanted) {
  const candidates = wanted
    ? [[wanted]]
    : [['python3'], ['python'], ['py', '-3'], ['python3.13'], ['python3.12'], ['python3.11'], ['python3.10']];
  const tooOld = [];
  for (const command of candidates) {
    const [program = '', ...args] = command;
    const { code, output } = await run(program, [...args, '-c', ASK], { quiet: true });
    const version = output.trim();
    if (code !== 0 || !/^\d+\.\d+\.\d+$/.test(version)) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return { command, version };
    tooOld.push(`${command.join(' ')} is ${version}`);
  }
  const need = `Python ${OLDEST.join('.')} or newer is needed`;
  if (tooOld.length > 0)
    throw new SetupError(
      `${need}, but ${tooOld[0]}: install a newer one from https://www.python.org and, if needed, name it in MAI_PYTHON.`,
    );
  if (wanted) throw new SetupError(`MAI_PYTHON is ${wanted}, which does not start: ${need}; set MAI_PYTHON to its path.`);
  throw new SetupError(
    `${need} and none was found: install it from https://www.python.org (Debian, Ubuntu: sudo apt install python3 python3-venv), then try again.`,
  );
}
