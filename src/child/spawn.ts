import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { CHILD_TIMES } from '../time-limits.ts';
import type { Child, ChildCommand, ChildExit, ChildHandlers } from './child.ts';
import { noteLiving } from './living.ts';
import { createLineSplitter } from './line-splitter.ts';
import { setNiceness } from './priority.ts';
import { HAS_GROUPS, killGroup, signalGroup } from './process-group.ts';

// Starts a process and follows it until nothing of it is left.

/** Longest line that is read whole; the largest real event, a confusion matrix of 500 labels, is half of it. */
const MAX_LINE_BYTES = 1024 * 1024;

/** Start a child in a process group of its own. Never throws: a program that cannot be started has `ended` with a reason. */
export function spawnChild(command: ChildCommand, handlers: ChildHandlers, maxLineBytes = MAX_LINE_BYTES): Child {
  let current = handlers;
  let running = true;
  // execa must not collect the output: its maxBuffer would kill a chatty child.
  const subprocess = execa(command.file, [...command.args], {
    env: { ...command.env },
    extendEnv: false,
    ...(command.cwd ? { cwd: command.cwd } : {}),
    detached: HAS_GROUPS,
    cleanup: false,
    reject: false,
    buffer: false,
    encoding: 'buffer',
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { pid, stdin, stdout, stderr } = subprocess;
  if (pid !== undefined && command.niceness) setNiceness(pid, command.niceness);
  const splitter = createLineSplitter(maxLineBytes, (lines) => current.onLines(lines));
  stdout.on('data', (chunk: Buffer) => splitter.push(chunk));
  stderr.on('data', (chunk: Buffer) => current.onStderr(chunk));
  // A child that is gone breaks its pipes; its exit says all there is to say.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);

  const stdoutEnded = once(stdout, 'close').then(() => splitter.end());
  const exited =
    pid === undefined
      ? subprocess.then((result) => ({
          code: null,
          signal: null,
          reason: result.originalMessage ?? 'it cannot be started',
        }))
      : onceExited(subprocess);

  const ended = (async () => {
    const exit = await exited;
    running = false;
    if (pid !== undefined) {
      await waitForOutput(pid, stdoutEnded, () => stdout.destroy());
      await killGroup(pid, 2 * CHILD_TIMES.stragglerMs);
    }
    stderr.destroy();
    return exit;
  })();
  if (pid !== undefined) noteLiving(pid, ended);

  return {
    pid,
    get running() {
      return running && pid !== undefined;
    },
    ended,
    writeLine(text) {
      if (!running || !stdin.writable) return false;
      stdin.write(`${text}\n`);
      return true;
    },
    setHandlers(next) {
      current = next;
    },
  };
}

async function onceExited(subprocess: {
  once(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown;
}): Promise<ChildExit & { reason?: string }> {
  return new Promise((resolve) => subprocess.once('exit', (code, signal) => resolve({ code, signal })));
}

/** A worker that inherited standard output keeps it open; without its leader nobody will end it but us. */
async function waitForOutput(pid: number, stdoutEnded: Promise<void>, destroy: () => void): Promise<void> {
  if (await within(stdoutEnded, CHILD_TIMES.stragglerMs)) return;
  signalGroup(pid, 'SIGKILL');
  if (await within(stdoutEnded, CHILD_TIMES.stragglerMs)) return;
  destroy();
  await stdoutEnded;
}

async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const abort = new AbortController();
  const timeout = delay(ms, false, { signal: abort.signal }).catch(() => false);
  const first = await Promise.race([promise.then(() => true), timeout]);
  abort.abort();
  return first;
}
