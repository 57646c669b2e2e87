import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whether a file that was made is there, and newer than everything it was made from.
 *
 * @param {string} made
 * @param {readonly string[]} sources files, and folders with all that is in them
 */
export async function isFresh(made, sources) {
  const file = await stat(made).catch(() => undefined);
  if (file === undefined) return false;
  const paths = (await Promise.all(sources.map(pathsOf))).flat();
  const times = await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs));
  return Math.max(...times) < file.mtimeMs;
}

/** A folder counts itself: a file that was deleted changes it. @param {string} path @returns {Promise<string[]>} */
async function pathsOf(path) {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  return [path, ...names.map((name) => join(path, name))];
}
