import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonIn, run } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { isStamped, stampOf, writeStamp } from './stamp.mjs';

const OLDEST_NODE = 20;

/** @param {string} root */
export async function installNodePackages(root) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    throw new SetupError(`Node is ${process.versions.node}: install Node ${OLDEST_NODE} or newer from https://nodejs.org, then try again.`);
  }
  const stampFile = join(root, 'node_modules', '.mai-setup');
  const stamp = stampOf([readFileSync(join(root, 'package-lock.json'), 'utf8'), process.version, process.platform, process.arch]);
  if (isStamped(stampFile, stamp)) return;

  console.log('[1/2] Installing the npm packages (about 15 s) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await run(npm, args, { cwd: root, shell: process.platform === 'win32' });
  if (code !== 0) {
    throw new SetupError(
      `npm could not install the packages (${reasonIn(output)}). Is this computer on the network? Connect it, then run the same command again.`,
    );
  }
  writeStamp(stampFile, stamp);
}
