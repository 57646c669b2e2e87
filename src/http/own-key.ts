import { randomInt } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../errors.ts';
import { isFullDisk, isMissing } from '../system-errors.ts';
import { PRIVATE_MODE, replaceFile } from '../files/replace-file.ts';
import { WORDS } from './words.ts';

// The key that the server makes for itself when other computers can reach it and none was set.

/** In the projects folder, so that it lives as long as the projects do. The health check reads it too. */
export const KEY_FILE = '.key';
const WORDS_IN_KEY = 3;

/** A key that the start made, because none was set. */
export interface OwnKey {
  readonly key: string;
  /** The file that keeps it. */
  readonly path: string;
  /** false: the disk was full, so the next start makes another. */
  readonly isKept: boolean;
}

/**
 * Three words that a child can type. 1024 words make 30 bits; at one guess a second
 * (key-attempts.ts) all of them take 34 years from one address.
 */
export function makeKey(): string {
  return Array.from({ length: WORDS_IN_KEY }, () => WORDS[randomInt(WORDS.length)]).join('-');
}

/** The key of an installation that was given none: made once, then kept. A server on a full disk starts all the same. */
export async function readOrMakeKey(projectsDir: string): Promise<OwnKey> {
  const path = join(projectsDir, KEY_FILE);
  const kept = await readKey(path);
  if (kept !== undefined) return { key: kept, path, isKept: true };
  const key = makeKey();
  try {
    await mkdir(projectsDir, { recursive: true });
    await replaceFile(path, `${key}\n`, { mode: PRIVATE_MODE });
    return { key, path, isKept: true };
  } catch (error) {
    if (!isFullDisk(error)) throw error;
    return { key, path, isKept: false };
  }
}

async function readKey(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
    // a copy from a backup may have lost it
    await chmod(path, PRIVATE_MODE);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  if (/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{11,127}$/.test(text)) return text;
  throw new ConfigError(
    `The key in ${path} cannot be used: write 12 to 128 letters, digits, - or _ into it, or delete the file to get a new key.`,
  );
}
