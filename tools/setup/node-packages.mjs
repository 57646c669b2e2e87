import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonIn, run } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { isStamped, stampOf, writeStamp } from './stamp.mjs';

/** The oldest that the server is tested with. */
const OLDEST_NODE = { major: 20, minor: 19 };

/**
 * @param {string} root
 * @param {{ development: boolean, servingOnly: boolean }} options `servingOnly`: install without the packages of the
 *   tests, as an image does; such an installation is enough for everything but `development`
 */
export async function installNodePackages(root, { development, servingOnly }) {
  if (!isNewEnough(process.versions.node)) {
    const oldest = `${OLDEST_NODE.major}.${OLDEST_NODE.minor}`;
    throw new SetupError(`Node is ${process.versions.node}: install Node ${oldest} or newer from https://nodejs.org, then try again.`);
  }
  const stampFile = join(root, 'node_modules', '.mai-setup');
  const parts = [readFileSync(join(root, 'package-lock.json'), 'utf8'), process.version, process.platform, process.arch];
  const full = stampOf(parts);
  const serving = stampOf([...parts, 'serving only']);
  if (isStamped(stampFile, full) || (!development && isStamped(stampFile, serving))) return;

  console.log('[1/2] Installing the npm packages (about 15 s) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(servingOnly ? ['--omit=dev'] : [])];
  const { code, output } = await run(npm, args, { cwd: root, shell: process.platform === 'win32' });
  if (code !== 0) {
    throw new SetupError(
      `npm could not install the packages (${reasonIn(output)}). Is this computer on the network? Connect it, then run the same command again.`,
    );
  }
  writeStamp(stampFile, servingOnly ? serving : full);
}

/** @param {string} version */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor);
}
