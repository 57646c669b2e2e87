import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './alone.mjs';
import { environmentPython } from './environment.mjs';
import { findPython } from './find-python.mjs';
import { reasonIn, run } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { isStamped, stampOf, writeStamp } from './stamp.mjs';
import { refuseUnwritable } from './writable.mjs';

const TORCH = 'torch==2.13.0';
/** PyTorch's own index of builds without CUDA: 0.2 GB in place of several. */
const CPU_BUILDS = 'https://download.pytorch.org/whl/cpu';

/**
 * A virtual environment `.venv` with the pinned packages.
 *
 * @param {string} root
 * @param {{ development: boolean }} options
 */
export async function installPythonPackages(root, { development }) {
  const read = (/** @type {string} */ name) => readFileSync(join(root, 'python', name), 'utf8');
  const wanted = process.env['MAI_PYTHON'] ?? '';
  const stamps = {
    run: stampOf([read('requirements.txt'), TORCH, wanted]),
    development: stampOf([read('requirements.txt'), read('requirements-dev.txt'), TORCH, wanted]),
  };
  const stampFile = join(root, '.venv', '.mai-setup');
  const python = environmentPython(root);
  const isDone = () =>
    (isStamped(stampFile, stamps.development) || (!development && isStamped(stampFile, stamps.run))) &&
    existsSync(python);
  if (isDone()) return;
  refuseUnwritable(root, 'The Python packages');
  await alone(root, async () => {
    if (isDone()) return;
    await installWithPip(root, wanted, development);
    writeStamp(stampFile, development ? stamps.development : stamps.run);
  });
}

/** @param {string} root @param {string} wanted @param {boolean} development */
async function installWithPip(root, wanted, development) {
  const python = environmentPython(root);
  const found = await findPython(wanted);
  console.log(
    `[2/2] Installing the Python packages with ${found.command.join(' ')} (${found.version}; PyTorch is large: some minutes on a slow line) …`,
  );
  if (!existsSync(python) || environmentVersion(root) !== found.version) await makeEnvironment(root, found.command);
  await installTorch(python);
  await pip(python, ['install', '-r', join(root, 'python', development ? 'requirements-dev.txt' : 'requirements.txt')]);
}

/** The Python version that the environment was made with. @param {string} root */
export function environmentVersion(root) {
  try {
    return /^version(?:_info)?\s*=\s*(\d+\.\d+\.\d+)/m.exec(
      readFileSync(join(root, '.venv', 'pyvenv.cfg'), 'utf8'),
    )?.[1];
  } catch {
    return undefined;
  }
}

/** @param {string} root @param {string[]} command */
async function makeEnvironment(root, [command = '', ...args]) {
  rmSync(join(root, '.venv'), { recursive: true, force: true });
  const { code, output } = await run(command, [...args, '-m', 'venv', join(root, '.venv')]);
  if (code === 0) return;
  rmSync(join(root, '.venv'), { recursive: true, force: true });
  throw new SetupError(
    `Python could not make a virtual environment (${reasonIn(output)}). On Debian or Ubuntu: sudo apt install python3-venv; then try again.`,
  );
}

/**
 * Without an NVIDIA GPU the build for CPUs is preferred. Its index may be out of reach (a school's
 * firewall): one short try, then the default index, whose build runs on CPUs too.
 *
 * @param {string} python
 */
async function installTorch(python) {
  if (process.platform !== 'darwin' && !(await wantsCuda())) {
    const args = ['install', '--no-deps', '--retries', '0', '--timeout', '8', '--index-url', CPU_BUILDS, TORCH];
    const { code } = await run(python, ['-m', 'pip', '--disable-pip-version-check', '-q', ...args], { quiet: true });
    if (code === 0) return;
    console.log('    the index of CPU builds does not answer: taking the default build');
  }
  await pip(python, ['install', TORCH]);
}

/** MAI_TORCH (cpu or cuda) decides where the GPU cannot be seen, as in a container's build. */
async function wantsCuda() {
  const choice = process.env['MAI_TORCH'] || 'auto';
  if (!['auto', 'cpu', 'cuda'].includes(choice)) throw new SetupError(`MAI_TORCH is ${choice}: use auto, cpu or cuda.`);
  if (choice !== 'auto') return choice === 'cuda';
  if (existsSync('/proc/driver/nvidia/version')) return true;
  return (await run('nvidia-smi', ['-L'], { quiet: true })).code === 0;
}

/** @param {string} python @param {string[]} args */
async function pip(python, args) {
  const { code, output } = await run(python, ['-m', 'pip', '--disable-pip-version-check', '-q', ...args]);
  if (code === 0) return;
  throw new SetupError(
    `pip could not install the Python packages (${reasonIn(output)}). Is this computer on the network, with 3 GB of free disk? Then run the same command again.`,
  );
}
