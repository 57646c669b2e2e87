import { constants } from 'node:fs';
import { lstat, open, rename } from 'node:fs/promises';
import { Check } from 'typebox/value';
import type { Static, TSchema } from 'typebox';
import { errorCode, isMissing, isOtherKind } from '../system-errors.ts';

// JSON files that the server wrote itself. What cannot be its own work is set aside, not deleted.

/** Something of ours on disk that cannot be what the server wrote: it is set aside, and the rest goes on. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
  readonly path: string;

  constructor(path: string, why: string) {
    super(`${path} is damaged: ${why}`);
    this.path = path;
  }
}

const MAX_NAMES = 1000;

/** The error where the system says that no file is there, but something else; undefined where it says anything else (a disk's fault, no descriptors left). */
export function damageOf(path: string, error: unknown): DamagedFile | undefined {
  if (error instanceof DamagedFile) return error;
  return isOtherKind(error) ? new DamagedFile(path, `the system says ${errorCode(error)}`) : undefined;
}

/** A JSON file that the server wrote. Undefined where it is not there, and only then. Throws DamagedFile, or what the system says. */
export async function readOwnJson<Schema extends TSchema>(
  path: string,
  schema: Schema,
): Promise<Static<Schema> | undefined> {
  let text: string;
  try {
    text = await readPlainFile(path);
  } catch (error) {
    if (isMissing(error)) {
      if (await isThere(path)) throw new DamagedFile(path, 'it is a link to nowhere');
      return undefined;
    }
    throw damageOf(path, error) ?? error;
  }
  const value = parse(text);
  if (!Check(schema, value)) throw new DamagedFile(path, 'it does not hold what it must');
  return value as Static<Schema>;
}

/** Throws DamagedFile where something else lies in the place of a file that the server writes. */
export async function checkOwnFile(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (!isMissing(error)) throw damageOf(path, error) ?? error;
  });
  if (stats !== undefined && !stats.isFile() && !stats.isSymbolicLink()) throw new DamagedFile(path, 'it is no file');
}

/** Without O_NONBLOCK, opening a pipe waits for somebody to write to it. */
export async function readPlainFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFile()) throw new DamagedFile(path, 'it is no file');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Rename to `<name>.damaged`: nothing reads it any more, and people can look at it. Resolves with the new path. */
export async function setAside(path: string): Promise<string> {
  for (let n = 1; n < MAX_NAMES; n += 1) {
    const aside = `${path}.damaged${n === 1 ? '' : `-${n}`}`;
    if (await isThere(aside)) continue;
    await rename(path, aside);
    return aside;
  }
  throw new Error(`${path} is damaged, and so are ${MAX_NAMES} before it`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
