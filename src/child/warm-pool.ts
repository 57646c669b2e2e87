import { JOB_TIMES } from '../time-limits.ts';
import type { Child, ChildCommand, ChildHandlers, OutputLine } from './child.ts';
import type { JobLine } from './command.ts';
import type { ChildEvent } from './event.ts';
import { giveFairShare, type Work } from './fair-share.ts';
import { parseLine } from './parse-line.ts';
import type { Starter } from './starter.ts';
import { keepTail, type Tail } from './tail.ts';
import { terminate } from './terminate.ts';

// Keeps a Python process ready for each slot, with the slow imports done, so that a job starts at once.

export interface WarmPoolOptions {
  readonly slots: number;
  /** The pool closes it. */
  readonly starter: Starter;
  commandOf(slot: number): ChildCommand;
  /** A child that waits longer than this without a job is ended; the next job starts cold. */
  readonly idleMs: number;
  /** Below this much free memory none waits. */
  readonly minFreeBytes: number;
  freeBytes(): number;
  /** How often idleness and memory are looked at. */
  readonly checkMs?: number;
  /** What a child said of the machine when its imports were done. */
  onReady(ready: ChildEvent<'ready'>): void;
  /** A waiting child ended by itself; the end of what it wrote, and its process id. */
  onLost(slot: number, written: string, pid: number | undefined): void;
}

/** A child with its job line written; its handlers get everything but `ready`. */
export interface StartedChild {
  readonly child: Child;
  /** Whether it had been waiting. */
  readonly warm: boolean;
}

/** One child per slot, imports done or under way, waiting for its job line on standard input. */
export interface WarmPool {
  /** Start the waiting child of a slot unless it is there or memory is short. Returns at once. */
  prepare(slot: number): void;
  /** Take the slot's child, or start one; the next is prepared meanwhile. It has no job yet: write its line with `giveJob`. */
  take(slot: number, handlers: ChildHandlers): StartedChild;
  /** Waiting children, for figures and tests. */
  readonly waiting: readonly Child[];
  close(): Promise<void>;
}

interface Waiting extends Listening {
  readonly since: number;
  readonly written: Tail;
}

interface Listening {
  readonly child: Child;
  readonly hand: (handlers: ChildHandlers) => void;
}

const MAX_WRITTEN = 4000;

export function giveJob(child: Child, line: JobLine, work: Work = 'job'): boolean {
  void child.started.then((pid) => {
    if (pid !== undefined) giveFairShare(pid, child.ended, work);
  });
  return child.writeLine(JSON.stringify(line));
}

/** Importing torch costs seconds: keep a process per slot that has imported it. */
export function createWarmPool(options: WarmPoolOptions): WarmPool {
  const { starter } = options;
  const waiting = new Map<number, Waiting>();
  let closed = false;

  const end = (slot: number) => {
    const child = waiting.get(slot)?.child;
    waiting.delete(slot);
    return child ? terminate(child) : Promise.resolve();
  };
  const check = setInterval(() => {
    const short = options.freeBytes() < options.minFreeBytes;
    for (const [slot, { since }] of waiting) if (short || performance.now() - since > options.idleMs) void end(slot);
    if (waiting.size === 0) starter.rest();
  }, options.checkMs ?? JOB_TIMES.warmCheckMs);
  check.unref();

  const start = (slot: number, handlers: ChildHandlers): Listening => {
    const passing = withoutReady(options.onReady);
    const child = starter.start(options.commandOf(slot), passing(handlers));
    return { child, hand: (next) => child.setHandlers(passing(next)) };
  };

  const prepare = (slot: number, memory = 1) => {
    if (closed || slot >= options.slots || waiting.has(slot)) return;
    if (options.freeBytes() < memory * options.minFreeBytes) return;
    const { handlers, written } = collectWritten();
    const listening = start(slot, handlers);
    const { child } = listening;
    waiting.set(slot, { ...listening, since: performance.now(), written });
    void child.ended.then((exit) => {
      if (waiting.get(slot)?.child !== child) return;
      waiting.delete(slot);
      if (!closed) options.onLost(slot, exit.reason ?? written.text, child.pid);
    });
  };

  /** While the job runs, so that the one after it finds a child however soon it comes. */
  const prepareNext = (slot: number, child: Child) => {
    const { afterMs, memory } = starter.ahead;
    setTimeout(() => child.running && prepare(slot, memory), afterMs).unref();
  };

  const taken = (slot: number, handlers: ChildHandlers): StartedChild => {
    const entry = waiting.get(slot);
    waiting.delete(slot);
    if (!entry?.child.running) return { child: start(slot, handlers).child, warm: false };
    if (entry.written.text) handlers.onStderr(Buffer.from(entry.written.text));
    entry.hand(handlers);
    return { child: entry.child, warm: true };
  };

  return {
    prepare,
    take(slot, handlers) {
      const result = taken(slot, handlers);
      prepareNext(slot, result.child);
      return result;
    },
    get waiting() {
      return [...waiting.values()].map(({ child }) => child);
    },
    async close() {
      closed = true;
      clearInterval(check);
      await Promise.all([...waiting.keys()].map(end));
      await starter.close();
    },
  };
}

/** `ready` is for the pool alone, whoever has the child when it comes. Every later line passes unparsed. */
function withoutReady(onReady: WarmPoolOptions['onReady']): (handlers: ChildHandlers) => ChildHandlers {
  let isKnown = false;
  return (handlers) => ({
    onStderr: handlers.onStderr,
    onLines(lines) {
      const rest = isKnown ? lines : lines.filter((line) => !isReady(line));
      if (rest.length > 0) handlers.onLines(rest);
    },
  });

  function isReady(line: OutputLine): boolean {
    const parsed = parseLine(line);
    if (!('event' in parsed) || parsed.event.event !== 'ready') return false;
    isKnown = true;
    onReady(parsed.event);
    return true;
  }
}

/** What a child writes while it waits: a warning of an import, or why it cannot. */
function collectWritten(): { handlers: ChildHandlers; written: Tail } {
  const written = keepTail(MAX_WRITTEN);
  return {
    written,
    handlers: {
      onStderr: written.add,
      onLines: (lines) => lines.forEach((line) => written.add('text' in line ? `${line.text}\n` : '')),
    },
  };
}
