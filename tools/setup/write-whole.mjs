import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Write a file so that it is complete or not there: another start may read it now, or make it at the same time.
 *
 * @param {string} path
 * @param {Uint8Array} contents
 */
export async function writeWhole(path, contents) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}
