import { basename } from 'node:path';
import { within } from '../promises.ts';
import { CHILD_TIMES } from '../time-limits.ts';
import type { Child, ChildCommand, ChildHandlers } from './child.ts';
import { listenForStreams } from './child-streams.ts';
import { createForkedChild, type ForkedChild } from './forked-child.ts';
import { type ForkReport, parseReport } from './fork-report.ts';
import { signalGroup } from './process-group.ts';
import { spawnChild } from './spawn.ts';
import { keepTail } from './tail.ts';
import { terminate } from './terminate.ts';

// A Python process that has imported everything and forks a child for each request (python/parent.py).

export interface ForkParent {
  readonly running: boolean;
  /** Its imports are done. */
  readonly ready: boolean;
  /** Children that run or are asked for. */
  readonly children: number;
  fork(command: ChildCommand, handlers: ChildHandlers): Child;
  /** End it and every child it has. */
  close(): Promise<void>;
}

const MAX_WRITTEN = 4000;

/** @param command starts it; the address of its socket is added */
export function startForkParent(command: ChildCommand): ForkParent {
  const listener = listenForStreams();
  const requested = new Map<string, ForkedChild>();
  const living = new Map<number, ForkedChild>();
  const written = keepTail(MAX_WRITTEN);
  let ready = false;

  const onReport = (report: ForkReport) => {
    if ('ready' in report) ready = true;
    else if ('exited' in report) {
      living.get(report.exited)?.exited({ code: report.code, signal: report.signal });
      living.delete(report.exited);
    } else if ('forked' in report) {
      const child = requested.get(report.forked);
      requested.delete(report.forked);
      if (child) living.set(report.pid, child);
      child?.forked(report.pid);
    } else {
      requested.get(report.failed)?.exited({ code: null, signal: null, reason: report.reason });
      requested.delete(report.failed);
    }
  };
  const parent = spawnChild(
    { ...command, args: [...command.args, '--socket', listener.address] },
    {
      onStderr: written.add,
      onLines(lines) {
        for (const line of lines) {
          const report = parseReport(line);
          if (report) onReport(report);
          else written.add('text' in line ? `${line.text}\n` : '');
        }
      },
    },
  );

  const gone = parent.ended.then((exit) => {
    const reason =
      exit.reason ?? `the process that forks children ended: ${written.text || (exit.signal ?? exit.code)}`;
    for (const child of requested.values()) child.exited({ code: null, signal: null, reason, orphaned: true });
    for (const [pid, child] of living) {
      signalGroup(pid, 'SIGKILL');
      child.exited({ code: null, signal: 'SIGKILL', orphaned: true });
    }
    listener.close();
  });

  return {
    get running() {
      return parent.running;
    },
    get ready() {
      return ready;
    },
    get children() {
      return requested.size + living.size;
    },
    fork(wanted, handlers) {
      const { token, arrived, withdraw } = listener.expect();
      const giveUpParent = () => void terminate(parent);
      const forked = createForkedChild(wanted, handlers, arrived, giveUpParent);
      requested.set(token, forked);
      parent.writeLine(JSON.stringify(forkRequest(token, wanted)));
      const late = setTimeout(giveUpParent, ready ? CHILD_TIMES.forkMs : CHILD_TIMES.importMs).unref();
      void forked.child.started.then(() => clearTimeout(late));
      void forked.child.ended.then(withdraw);
      return forked.child;
    },
    async close() {
      // While it imports it reads no requests, and has no children.
      if (ready && parent.writeLine('')) await within(gone, CHILD_TIMES.termGraceMs);
      await terminate(parent);
      await gone;
    },
  };
}

function forkRequest(token: string, { args: [script = '', ...args], env, niceness = 0 }: ChildCommand): object {
  return { token, main: basename(script, '.py'), args, env, niceness };
}
