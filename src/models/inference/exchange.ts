import { inferenceFailed, inferenceTimeout } from '../../errors.ts';
import { INFERENCE_TIMES } from '../../time-limits.ts';
import type { Answer } from './answer.ts';
import { type InferenceProcess, type InferenceProcessOptions, startInferenceProcess } from './process.ts';
import type { Pending, RequestQueue } from './queue.ts';

// Asks the resident process one thing at a time, and ends it when it takes too long.

export interface ExchangeOptions extends InferenceProcessOptions {
  /** From sending a request; the first one of a process also waits for its imports. */
  readonly deadlineMs?: number;
  readonly startMs?: number;
  readonly idleMs?: number;
}

/** One request at a time goes to the process, which is started for the first and ended after a while without any. */
export interface Exchange {
  /** Send the next request, if none is being answered. */
  sendNext(): void;
  close(): Promise<void>;
}

export function createExchange<Request extends object>(
  options: ExchangeOptions,
  queue: Pick<RequestQueue<Request>, 'take'>,
): Exchange {
  const { deadlineMs, startMs, idleMs } = { ...INFERENCE_TIMES, ...options };
  let asked: { readonly pending: Pending<Request>; readonly id: number } | undefined;
  let current: InferenceProcess | undefined;
  let lastId = 0;
  let closed = false;
  let deadline: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;

  function sendNext(): void {
    if (asked !== undefined || closed) return;
    clearTimeout(idle);
    const pending = queue.take();
    if (pending === undefined) {
      idle = setTimeout(() => void stop(), idleMs).unref();
      return;
    }
    current ??= startInferenceProcess(options, { onAnswer, onEnd });
    lastId += 1;
    asked = { pending, id: lastId };
    current.send(lastId, pending.request);
    const limitMs = current.isWarm ? deadlineMs : startMs;
    deadline = setTimeout(() => {
      takeAsked()?.reject(inferenceTimeout(limitMs / 1000));
      // whatever it is busy with, it would be busy with it for the next one too
      void stop().then(sendNext);
    }, limitMs);
  }

  function onAnswer({ id, result, error }: Answer): void {
    if (id !== asked?.id) return;
    const pending = takeAsked();
    if (result !== undefined) pending?.resolve(result);
    else pending?.reject(error);
    sendNext();
  }

  function onEnd(): void {
    current = undefined;
    takeAsked()?.reject(inferenceFailed());
    sendNext();
  }

  /** The request that was asked; from here on none is. */
  function takeAsked(): Pending<Request> | undefined {
    clearTimeout(deadline);
    const pending = asked?.pending;
    asked = undefined;
    return pending;
  }

  async function stop(): Promise<void> {
    const old = current;
    current = undefined;
    await old?.stop();
  }

  return {
    sendNext,
    async close() {
      closed = true;
      clearTimeout(idle);
      takeAsked()?.reject(inferenceFailed());
      await stop();
    },
  };
}
