import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SetupError } from './setup-error.mjs';

/** Longer than PyTorch takes on a slow line. */
const DEADLINE_MS = 3_600_000;
const LOOK_AGAIN_MS = 200;

/**
 * Do this while no other set-up of the same folder does: a backup at night may begin while the server is started after
 * an update, and two installations at once leave half of each.
 *
 * @param {string} root
 * @param {() => Promise<void>} task looks first whether the other one has done it already
 */
export async function alone(root, task, deadlineMs = DEADLINE_MS) {
  const folder = join(root, 'dist');
  const file = join(folder, 'set-up.pid');
  mkdirSync(folder, { recursive: true });
  const isOver = AbortSignal.timeout(deadlineMs);
  let said = false;
  while (!(isTaken(file) && (await isKept(file)))) {
    const other = holderOf(file);
    if (other === undefined) rmSync(file, { force: true });
    else {
      if (isOver.aborted)
        throw new SetupError(
          `Another set-up of this folder does not end (process ${other}): look what it does, or end it.`,
        );
      if (!said) console.log(`Waiting for another set-up of this folder (process ${other}) …`);
      said = true;
      await pause(LOOK_AGAIN_MS);
    }
  }
  try {
    await task();
  } finally {
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  }
}

/** Of several who find the file of a process that is gone, one may remove what another has just made. @param {string} file */
async function isKept(file) {
  await pause(LOOK_AGAIN_MS);
  return holderOf(file) === process.pid;
}

/** One link: nobody finds the file without the id in it. @param {string} file */
function isTaken(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** The process that wrote the file, if it lives: none does that began before this computer. @param {string} file */
function holderOf(file) {
  let id = 0;
  try {
    if (statSync(file).mtimeMs < Date.now() - uptime() * 1000) return undefined;
    id = Number(readFileSync(file, 'utf8'));
    if (id > 0) process.kill(id, 0);
  } catch (error) {
    // somebody else's process lives too
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') return undefined;
  }
  return id > 0 ? id : undefined;
}
