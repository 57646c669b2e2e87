import { within, withResolvers } from '../promises.ts';
import { CHILD_TIMES } from '../time-limits.ts';
import type { Child, ChildCommand, ChildExit, ChildHandlers } from './child.ts';
import type { ChildStreams } from './child-streams.ts';
import { followToEnd } from './follow.ts';
import { trackChild } from './living.ts';
import { createLineSplitter, MAX_LINE_BYTES } from './line-splitter.ts';
import { setNiceness } from './priority.ts';
import { groupRuns, signalGroup } from './process-group.ts';

// A child that another process forks, from the request to its end.

export interface ForkedChild {
  readonly child: Child;
  /** It runs, and leads its group. */
  forked(pid: number): void;
  /** It has ended, or there will be none. */
  exited(exit: ChildExit): void;
}

/** @param onUnreported it has ended, and the process that forked it did not say so in time */
export function createForkedChild(
  command: Pick<ChildCommand, 'niceness'>,
  handlers: ChildHandlers,
  arrived: Promise<ChildStreams>,
  onUnreported: () => void,
): ForkedChild {
  let current = handlers;
  let pid: number | undefined;
  let running = true;
  let isOver = false;
  let streams: ChildStreams | undefined;
  const unwritten: string[] = [];
  const started = withResolvers<number | undefined>();
  const exit = withResolvers<ChildExit>();

  const expectReport = () => {
    const look = () => running && pid !== undefined && !groupRuns(pid) && onUnreported();
    setTimeout(look, CHILD_TIMES.reportMs).unref();
  };

  const connected = arrived.then((arrivals) => {
    streams = arrivals;
    // It may have been forked without a report of it: the end of its standard input ends it.
    if (isOver) return destroy(streams);
    readOutput(streams, () => current);
    streams.stdout.once('close', expectReport);
    for (const line of unwritten) streams.stdin.write(line);
  });

  const ended = exit.promise.then(async (result) => {
    if (pid !== undefined) await followPipes(pid, connected, () => streams);
    isOver = true;
    if (streams) destroy(streams);
    return result;
  });

  const exited = (result: ChildExit) => {
    running = false;
    started.resolve(undefined);
    exit.resolve(result);
  };

  return {
    exited,
    forked(newPid) {
      // It was withdrawn meanwhile.
      if (!running) return signalGroup(newPid, 'SIGKILL');
      pid = newPid;
      if (command.niceness) setNiceness(pid, command.niceness);
      trackChild(pid, ended);
      started.resolve(pid);
    },
    child: {
      get pid() {
        return pid;
      },
      get running() {
        return running;
      },
      started: started.promise,
      ended,
      signal(name) {
        if (pid === undefined) return exited({ code: null, signal: name });
        signalGroup(pid, name);
        if (name === 'SIGKILL') expectReport();
      },
      writeLine(text) {
        if (!running || streams?.stdin.writable === false) return false;
        if (streams) streams.stdin.write(`${text}\n`);
        else unwritten.push(`${text}\n`);
        return true;
      },
      setHandlers(next) {
        current = next;
      },
    },
  };
}

/** Resolves when nothing of the child is left. A server that has no file descriptor left never gets its pipes. */
async function followPipes(pid: number, connected: Promise<void>, streams: () => ChildStreams | undefined) {
  await within(connected, CHILD_TIMES.stragglerMs);
  const { stdout, stderr } = streams() ?? {};
  await followToEnd(
    pid,
    [stdout, stderr].filter((stream) => stream !== undefined),
  );
}

function readOutput(streams: ChildStreams, handlers: () => ChildHandlers): void {
  const splitter = createLineSplitter(MAX_LINE_BYTES, (lines) => handlers().onLines(lines));
  streams.stdout.on('data', (chunk: Buffer) => splitter.push(chunk));
  streams.stdout.once('close', () => splitter.end());
  streams.stderr.on('data', (chunk: Buffer) => handlers().onStderr(chunk));
  for (const stream of Object.values(streams)) stream.resume();
}

function destroy({ stdin, stdout, stderr }: ChildStreams): void {
  for (const stream of [stdin, stdout, stderr]) stream.destroy();
}
