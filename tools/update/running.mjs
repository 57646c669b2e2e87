import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/**
 * The process id of a server that was started from this folder and runs. Undefined: there is none, or this system does
 * not tell (only Linux has /proc).
 *
 * @param {string} root
 * @returns {number | undefined}
 */
export function runningServer(root) {
  const here = realpathSync(root);
  return processIds().find((id) => {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
      return words.some((word) => /(?:^|\/)tools\/start\.mjs$/.test(word)) && readlinkSync(`/proc/${id}/cwd`) === here;
    } catch {
      // it has ended meanwhile, or is somebody else's
      return false;
    }
  });
}

function processIds() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
