import { randomInt } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, errorCode } from '../errors.ts';
import { WORDS } from './words.ts';

/** In the projects folder, so that it lives as long as the projects do. The health check reads it too. */
export const KEY_FILE = '.key';
const WORDS_IN_KEY = 3;

/**
 * Three words that a child can type. 1024 words make 30 bits; at one guess a second
 * (key-attempts.ts) that is 17 years on average from one address.
 */
export function makeKey(): string {
  return Array.from({ length: WORDS_IN_KEY }, () => WORDS[randomInt(WORDS.length)]).join('-');
}

/** The key of an installation that was given none: made once, then kept. */
export async function readOrMakeKey(projectsDir: string): Promise<{ readonly key: string; readonly path: string }> {
  const path = join(projectsDir, KEY_FILE);
  const kept = await readKey(path);
  if (kept !== undefined) return { key: kept, path };
  const key = makeKey();
  await mkdir(projectsDir, { recursive: true });
  await writeKey(path, key);
  return { key, path };
}

async function readKey(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
    // a copy from a backup may have lost it
    await chmod(path, 0o600);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{11,127}$/.test(text)) return text;
  throw new ConfigError(`The key in ${path} cannot be used: write 12 to 128 letters, digits, - or _ into it, or delete the file to get a new key.`);
}

async function writeKey(path: string, key: string): Promise<void> {
  const draft = `${path}.new`;
  // left behind by a start that was cut off
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${key}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
