import type { ChildCommand, OutputLine } from '../../child/child.ts';
import type { ChildEvent } from '../../child/event.ts';
import { giveFairShare } from '../../child/fair-share.ts';
import { parseLine } from '../../child/parse-line.ts';
import { spawnChild } from '../../child/spawn.ts';
import { keepTail } from '../../child/tail.ts';
import { terminate } from '../../child/terminate.ts';
import { startWatchdog } from '../../child/watchdog.ts';
import { type Answered, parseAnswered } from './answered.ts';

/** The resident process that gives first answers: it has the network in memory and serves one project at a time. */
export interface FirstAnswerProcess {
  /** Its process id; undefined where it could not be started. */
  readonly child: number | undefined;
  send(request: FirstAnswerRequest): void;
  /** Resolves when nothing of it is left. */
  stop(): Promise<void>;
}

export interface FirstAnswerRequest {
  readonly id: string;
  /** Projects of a classroom share what was computed for their photos. */
  readonly classroom: string;
  /** As train_image_classification.py takes them. */
  readonly args: readonly string[];
  /** What will probably follow: their photos are read meanwhile. */
  readonly next?: readonly FirstAnswerRequest[];
}

export interface FirstAnswerHandlers {
  /** Of the project that was sent last. */
  onEvent(event: ChildEvent): void;
  onAnswered(answered: Answered): void;
  /** It has ended by itself; the end of what it wrote. */
  onEnd(written: string): void;
}

/** How much of what the process wrote before it ended is logged. */
const MAX_WRITTEN = 2000;

export function startFirstAnswerProcess(
  command: ChildCommand,
  silenceMs: number,
  handlers: FirstAnswerHandlers,
): FirstAnswerProcess {
  const written = keepTail(MAX_WRITTEN);
  let isStopped = false;

  const take = (line: OutputLine) => {
    const answered = 'text' in line ? parseAnswered(line.text) : undefined;
    if (answered !== undefined) return handlers.onAnswered(answered);
    const parsed = parseLine(line);
    if (!('event' in parsed)) written.add(`${parsed.text}\n`);
    else if (parsed.event.event !== 'ready' && parsed.event.event !== 'heartbeat') handlers.onEvent(parsed.event);
  };

  const child = spawnChild(command, {
    onLines(lines) {
      watchdog.touch();
      for (const line of lines) if (!isStopped) take(line);
    },
    onStderr: written.add,
  });
  const watchdog = startWatchdog(silenceMs, () => void terminate(child));
  if (child.pid !== undefined) giveFairShare(child.pid, child.ended, 'first answers');
  void child.ended.then(({ reason }) => {
    watchdog.stop();
    if (!isStopped) handlers.onEnd(reason ?? written.text);
  });

  return {
    child: child.pid,
    send: (request) => void child.writeLine(JSON.stringify(request)),
    async stop() {
      isStopped = true;
      await terminate(child);
    },
  };
}
