import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * What an installation was made from, as one hash: equal hashes mean that there is nothing to do.
 *
 * @param {readonly string[]} parts
 */
export function stampOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** @param {string} file @param {string} stamp */
export function isStamped(file, stamp) {
  try {
    return readFileSync(file, 'utf8') === stamp;
  } catch {
    return false;
  }
}

/** Written last, so that an interrupted installation is done again. @param {string} file @param {string} stamp */
export function writeStamp(file, stamp) {
  writeFileSync(`${file}.new`, stamp);
  renameSync(`${file}.new`, file);
}
