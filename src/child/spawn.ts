import { execa } from 'execa';
import type { Child, ChildCommand, ChildExit, ChildHandlers } from './child.ts';
import { followToEnd } from './follow.ts';
import { trackChild } from './living.ts';
import { createLineSplitter, MAX_LINE_BYTES } from './line-splitter.ts';
import { setNiceness } from './priority.ts';
import { HAS_GROUPS, signalGroup } from './process-group.ts';

// Starts a process and follows it until nothing of it is left.

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
  stdout.once('close', () => splitter.end());
  stderr.on('data', (chunk: Buffer) => current.onStderr(chunk));
  // A child that is gone breaks its pipes; its exit says all there is to say.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);

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
    if (pid !== undefined) await followToEnd(pid, [stdout]);
    stderr.destroy();
    return exit;
  })();
  if (pid !== undefined) trackChild(pid, ended);

  return {
    pid,
    started: Promise.resolve(pid),
    get running() {
      return running && pid !== undefined;
    },
    ended,
    signal(name) {
      if (pid !== undefined) signalGroup(pid, name);
    },
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
}): Promise<ChildExit> {
  return new Promise((resolve) => subprocess.once('exit', (code, signal) => resolve({ code, signal })));
}
