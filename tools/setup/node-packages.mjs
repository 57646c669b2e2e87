import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './alone.mjs';
import { reasonIn, run } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { isStamped, stampOf, writeStamp } from './stamp.mjs';
import { refuseUnwritable } from './writable.mjs';

// Installs the npm packages, if this Node can load them.

/** By major version the first minor one that takes a `require` of an ES module, as packages of the server do it. Node 21 never does. */
const FIRST_MINOR = new Map([
  [20, 19],
  [22, 12],
]);

/**
 * Install the packages of package-lock.json, unless they are there.
 *
 * @param {string} root
 * @param {{ development: boolean, servingOnly: boolean }} options `servingOnly`: install without the packages of the
 *   tests, as an image does; such an installation is enough for everything but `development`
 */
export async function installNodePackages(root, { development, servingOnly }) {
  if (!isNewEnough(process.versions.node)) {
    throw new SetupError(
      `Node is ${process.versions.node}: install Node 22.12 or newer (of Node 20, 20.19 or newer works too) from https://nodejs.org, then try again.`,
    );
  }
  const stampFile = join(root, 'node_modules', '.mai-setup');
  const parts = [
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
    process.version,
    process.platform,
    process.arch,
  ];
  const full = stampOf(parts);
  const serving = stampOf([...parts, 'serving only']);
  const isDone = () => isStamped(stampFile, full) || (!development && isStamped(stampFile, serving));
  if (isDone()) return;
  refuseUnwritable(root, 'The npm packages');
  await alone(root, async () => {
    if (isDone()) return;
    await installWithNpm(root, servingOnly);
    writeStamp(stampFile, servingOnly ? serving : full);
  });
}

/** @param {string} root @param {boolean} servingOnly */
async function installWithNpm(root, servingOnly) {
  console.log('[1/2] Installing the npm packages (about 15 s) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(servingOnly ? ['--omit=dev'] : [])];
  const { code, output } = await run(npm, args, { cwd: root, shell: process.platform === 'win32' });
  if (code !== 0) {
    throw new SetupError(
      `npm could not install the packages (${reasonIn(output)}). Is this computer on the network? Connect it, then run the same command again.`,
    );
  }
}

/** @param {string} version */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > Math.max(...FIRST_MINOR.keys()) || minor >= (FIRST_MINOR.get(major) ?? Infinity);
}
