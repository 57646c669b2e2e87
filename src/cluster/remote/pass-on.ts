import { setTimeout as pause } from 'node:timers/promises';
import type { Child } from '../../child/child.ts';
import { parseLine } from '../../child/parse-line.ts';
import { REMOTE_TIMES } from '../times.ts';
import { type RunLink, Unreachable } from './client.ts';
import type { OutputQueue } from './output-queue.ts';
import type { OutputItem, Result } from './protocol.ts';
import type { SendBack } from './send-back.ts';

// Passes on what a child says and makes, in the order in which the web server must know it.

export interface Passing {
  /** The child is to end: what it has made is not wanted any more. */
  readonly isEnding: boolean;
  readonly abandoned: AbortController;
  /** How many items the web server has. */
  passed: number;
}

/** Everything the child writes, and before certain lines what they promise. */
export async function passOn(
  queue: OutputQueue,
  link: RunLink,
  back: SendBack,
  state: Passing,
  onEpoch: () => void,
): Promise<void> {
  for (;;) {
    await queue.whenSome();
    const items = queue.next();
    if (items.length === 0 && queue.isClosed) return;
    const events = eventsIn(items);
    if (events.has('epoch_end')) onEpoch();
    for (const folder of new Set([...events].flatMap((event) => PROMISES[event] ?? []))) {
      if (!state.isEnding) await back.folder(folder).catch((error: unknown) => state.isEnding || fail(error));
    }
    await insist(state.abandoned.signal, () => link.output(state.passed, items));
    state.passed += items.length;
    queue.took(items.length);
  }
}

function fail(error: unknown): never {
  throw error;
}

/** What must lie in its place before the line is passed on. */
const PROMISES: Readonly<Record<string, readonly Result[]>> = {
  instant_model: ['checkpoints', 'instant'],
  yielded: ['checkpoints', 'instant'],
  train_end: ['instant', 'output'],
  convert_model_end: ['output'],
};

function eventsIn(items: readonly OutputItem[]): ReadonlySet<string> {
  return new Set(
    items.flatMap((item) => {
      const parsed = 'text' in item ? parseLine(item) : undefined;
      return parsed !== undefined && 'event' in parsed ? [parsed.event.event] : [];
    }),
  );
}

export interface Checkpoints {
  /** An epoch has ended: there is a new one, or soon. */
  look(): void;
  readonly over: Promise<void>;
}

/** Sends the newest checkpoint after each epoch, or where epochs are short, every so often. One that cannot be sent is no reason to end a training. */
export function keepCheckpoints(back: SendBack, state: Passing, child: Child): Checkpoints {
  let look = () => {};
  let isOver = false;
  const ended = child.ended.then(() => {
    isOver = true;
  });
  const keep = async () => {
    let looked = new Promise<void>((resolve) => (look = resolve));
    while (!isOver && !state.isEnding) {
      await Promise.race([looked, pause(REMOTE_TIMES.checkpointMs), ended]);
      looked = new Promise<void>((resolve) => (look = resolve));
      if (!isOver && !state.isEnding) await back.folder('checkpoints').catch(() => undefined);
      await Promise.race([pause(REMOTE_TIMES.checkpointMs), ended]);
    }
  };
  return { look: () => look(), over: keep() };
}

/** Try until the network takes it. Rejects where anything else is wrong, or it is given up. */
export async function insist<Value>(signal: AbortSignal, task: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof Unreachable) || signal.aborted) throw error;
      await pause(REMOTE_TIMES.retryMs, undefined, { signal });
    }
  }
}
