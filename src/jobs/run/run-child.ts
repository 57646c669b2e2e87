import type { Child, OutputLine } from '../../child/child.ts';
import type { ChildHandlers } from '../../child/child.ts';
import type { CappedFile } from '../../child/capped-file.ts';
import type { JobLine } from '../../child/command.ts';
import type { Work } from '../../child/fair-share.ts';
import type { ChildEvent } from '../../child/event.ts';
import { parseLine } from '../../child/parse-line.ts';
import { terminate } from '../../child/terminate.ts';
import { startWatchdog } from '../../child/watchdog.ts';
import { giveJob } from '../../child/warm-pool.ts';
import type { ChildResult, LastEvent } from '../domain/outcome.ts';

export interface ChildWork {
  take(handlers: ChildHandlers): Child;
  readonly stderr: CappedFile;
  readonly silenceMs: number;
  readonly exitGraceMs: number;
  /** How urgent it is beside the others. */
  readonly urgency: Work;
  /** What it does, but for heartbeats and its last event. */
  onEvent(event: ChildEvent): void;
}

export interface ChildRun {
  readonly child: Child;
  /** Whether it has written a line. */
  readonly hasOutput: boolean;
  /** Hand it the job; resolves when it has ended and nothing of it is left. */
  work(line: JobLine): Promise<ChildResult>;
  /** Ask a training to leave its turn to others; it answers by its last event, sooner or later or not at all. */
  askToYield(): void;
  stop(): Promise<void>;
}

const YIELD_REQUEST = JSON.stringify({ yield: true });

/** One child from its job line to its end: its events, its silence, its last event. */
export function takeChild(work: ChildWork): ChildRun {
  let lastEvent: LastEvent | undefined;
  let silentMs: number | undefined;
  let hasOutput = false;
  let hung = false;
  let touch = () => {};
  let overdue: NodeJS.Timeout | undefined;

  const onEvent = (event: ChildEvent) => {
    if (event.event === 'ready' || event.event === 'heartbeat') return;
    if (!isLastEvent(event)) return work.onEvent(event);
    // Sent to listeners only once the job's state is decided; the first one counts.
    lastEvent ??= event;
    overdue ??= setTimeout(() => {
      hung = true;
      void terminate(child);
    }, work.exitGraceMs);
  };
  const onLines = (lines: readonly OutputLine[]) => {
    hasOutput = true;
    touch();
    for (const line of lines) {
      const parsed = parseLine(line);
      if ('event' in parsed) onEvent(parsed.event);
      else work.stderr.write(`${parsed.text}\n`);
    }
  };
  const child = work.take({ onLines, onStderr: (chunk) => work.stderr.write(chunk) });

  return {
    child,
    get hasOutput() {
      return hasOutput;
    },
    async work(line) {
      const watchdog = startWatchdog(work.silenceMs, () => {
        silentMs = work.silenceMs;
        void terminate(child);
      });
      touch = watchdog.touch;
      giveJob(child, line, work.urgency);
      const exit = await child.ended;
      watchdog.stop();
      clearTimeout(overdue);
      // All is written before the last event: a process that hangs while it leaves (a GPU's driver does) must not cost the training.
      const wasDone = hung || (exit.orphaned && lastEvent !== undefined);
      return { exit: wasDone ? { code: 0, signal: null } : exit, lastEvent, silentMs };
    },
    askToYield: () => void child.writeLine(YIELD_REQUEST),
    stop: () => terminate(child),
  };
}

const LAST_EVENTS: ReadonlySet<string> = new Set<LastEvent['event']>([
  'train_end',
  'convert_model_end',
  'yielded',
  'error',
]);

function isLastEvent(event: ChildEvent): event is LastEvent {
  return LAST_EVENTS.has(event.event);
}
