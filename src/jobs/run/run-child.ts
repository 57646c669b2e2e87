import type { Child, OutputLine } from '../../child/child.ts';
import type { ChildHandlers } from '../../child/child.ts';
import type { CappedFile } from '../../child/capped-file.ts';
import type { JobLine } from '../../child/command.ts';
import type { ChildEvent } from '../../child/event.ts';
import { parseLine } from '../../child/parse-line.ts';
import { terminate } from '../../child/terminate.ts';
import { startWatchdog } from '../../child/watchdog.ts';
import { giveJob } from '../../child/warm-pool.ts';
import type { ChildResult, LastWord } from '../domain/outcome.ts';

export interface ChildWork {
  take(handlers: ChildHandlers): Child;
  readonly stderr: CappedFile;
  readonly silenceMs: number;
  readonly exitGraceMs: number;
  /** What it does, but for heartbeats and its last word. */
  onEvent(event: ChildEvent): void;
}

export interface ChildRun {
  readonly child: Child;
  /** Whether it has said anything at all. */
  readonly heard: boolean;
  /** Hand it the job; resolves when it has ended and nothing of it is left. */
  work(line: JobLine): Promise<ChildResult>;
  stop(): Promise<void>;
}

/** One child from its job line to its end: its events, its silence, its last word. */
export function takeChild(work: ChildWork): ChildRun {
  let lastWord: LastWord | undefined;
  let silentMs: number | undefined;
  let heard = false;
  let hung = false;
  let touch = () => {};
  let overdue: NodeJS.Timeout | undefined;

  const hear = (event: ChildEvent) => {
    if (event.event === 'ready' || event.event === 'heartbeat') return;
    if (!isLastWord(event)) return work.onEvent(event);
    // Told to listeners only once the job's state is decided; the first word counts.
    lastWord ??= event;
    overdue ??= setTimeout(() => {
      hung = true;
      void terminate(child);
    }, work.exitGraceMs);
  };
  const onLines = (lines: readonly OutputLine[]) => {
    heard = true;
    touch();
    for (const line of lines) {
      const parsed = parseLine(line);
      if ('event' in parsed) hear(parsed.event);
      else work.stderr.write(`${parsed.text}\n`);
    }
  };
  const child = work.take({ onLines, onStderr: (chunk) => work.stderr.write(chunk) });

  return {
    child,
    get heard() {
      return heard;
    },
    async work(line) {
      const watchdog = startWatchdog(work.silenceMs, () => {
        silentMs = work.silenceMs;
        void terminate(child);
      });
      touch = watchdog.touch;
      giveJob(child, line);
      const exit = await child.ended;
      watchdog.stop();
      clearTimeout(overdue);
      // All is written before the last word: a process that hangs while it leaves (a GPU's driver does) must not cost the training.
      return { exit: hung ? { code: 0, signal: null } : exit, lastWord, silentMs };
    },
    stop: () => terminate(child),
  };
}

function isLastWord(event: ChildEvent): event is LastWord {
  return event.event === 'train_end' || event.event === 'convert_model_end' || event.event === 'error';
}
