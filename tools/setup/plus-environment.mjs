import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findPlusPython } from './find-plus-python.mjs';
import { reasonIn, run } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { isStamped, stampOf, writeStamp } from './stamp.mjs';

// The environment of the compiler for kidbright-mai-plus (tpu-mlir), apart from that of the trainings.

/** The server and the conversion look for it here, and take it only with its stamp. */
const FOLDER = '.venv-plus';
const STAMP = '.mai-setup';
/** Older than Debian's own: first on the search path, they keep every program of the environment from starting. */
const OLD_LIBRARIES = ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libpython3.10.so.1.0'];
const PACKAGES = join('lib', 'python3.10', 'site-packages');
const REQUIREMENTS = join('python', 'requirements-plus.txt');

/**
 * Make the environment if it is not there as it should be. One that was interrupted is made anew.
 *
 * @param {string} root
 * @param {{ platform?: string, arch?: string }} machine
 * @returns {Promise<boolean>} whether there was anything to do
 */
export async function installPlusEnvironment(root, { platform = process.platform, arch = process.arch } = {}) {
  if (platform !== 'linux' || arch !== 'x64') {
    throw new SetupError(
      `the compiler for kidbright-mai-plus runs on Linux with an x86-64 processor only, and this is ${platform} on ${arch}: use such a computer, or the container image on one.`,
    );
  }
  const wanted = process.env['MAI_PYTHON_PLUS'] ?? '';
  const folder = join(root, FOLDER);
  const stamp = stampOf([readFileSync(join(root, REQUIREMENTS), 'utf8'), wanted]);
  const python = join(folder, 'bin', 'python');
  if (isStamped(join(folder, STAMP), stamp) && existsSync(python)) return false;

  const found = await findPlusPython(wanted);
  console.log(
    `Installing the compiler for kidbright-mai-plus with ${found.command.join(' ')} (${found.version}; 2 GB on the disk: some minutes) …`,
  );
  rmSync(folder, { recursive: true, force: true });
  await step([...found.command, '-m', 'venv', folder], 'could not make a virtual environment');
  await step(
    [python, '-m', 'pip', '--disable-pip-version-check', '-q', 'install', '-r', join(root, REQUIREMENTS)],
    'could not install the packages. Is this computer on the network, with 3 GB of free disk?',
  );
  for (const name of OLD_LIBRARIES)
    rmSync(join(folder, PACKAGES, 'tpu_mlir', 'lib', 'third_party', name), { force: true });
  await step(
    [python, ...['run_tool.py', 'import_all.py'].map((name) => join(root, 'python', 'plus', name))],
    'made an environment in which the compiler does not start',
  );
  writeStamp(join(folder, STAMP), stamp);
  return true;
}

/** @param {string[]} command @param {string} failure what to say if it fails */
async function step([program = '', ...args], failure) {
  const { code, output } = await run(program, args);
  if (code !== 0) throw new SetupError(`Python ${failure} (${reasonIn(output)}) Then run the same command again.`);
}
