import { inferenceBusy } from '../../errors.ts';
import type { Asker, InferenceRequest, InferenceResult } from './request.ts';
import { createTurns } from './turns.ts';

// Who waits for an answer, and whose turn is next.

/** A request that waits for its turn or its answer. */
export interface Pending<Request = InferenceRequest> {
  readonly request: Request;
  readonly group: string;
  readonly resolve: (result: InferenceResult) => void;
  readonly reject: (error: unknown) => void;
}

/** The requests that wait for the resident process. */
export interface RequestQueue<Request = InferenceRequest> {
  /**
   * Rejects with inference_busy where too many wait, and with the signal's reason where the client leaves before its turn.
   * `onWaiting` is called once the request waits.
   */
  wait(request: Request, from: Asker, onWaiting: () => void): Promise<InferenceResult>;
  /** The next request: of the client that was served longest ago. */
  take(): Pending<Request> | undefined;
  rejectAll(error: () => unknown): void;
}

export interface QueueLimits {
  /** Waiting requests of one group; a class behind one address is one client. */
  readonly maxWaiting?: number;
  /** Of all clients together. */
  readonly maxWaitingInAll?: number;
}

export function createRequestQueue<Request = InferenceRequest>({
  maxWaiting = 200,
  maxWaitingInAll = 2_000,
}: QueueLimits): RequestQueue<Request> {
  const waiting = createTurns<Pending<Request>>();

  const refuseTooMany = (group: string) => {
    const own = waiting.count((pending) => pending.group === group);
    if (own >= maxWaiting || waiting.size >= maxWaitingInAll)
      throw inferenceBusy(own >= maxWaiting ? own : waiting.size);
  };

  return {
    async wait(request, { client, group, signal }, onWaiting) {
      signal?.throwIfAborted();
      refuseTooMany(group);
      let leave = () => {};
      try {
        return await new Promise<InferenceResult>((resolve, reject) => {
          const pending = { request, group, resolve, reject };
          // One that is being answered is let go on: the process cannot be interrupted.
          leave = () => waiting.remove(client, pending) && reject(signal?.reason);
          signal?.addEventListener('abort', leave, { once: true });
          waiting.push(client, pending);
          onWaiting();
        });
      } finally {
        signal?.removeEventListener('abort', leave);
      }
    },
    take: () => waiting.take(),
    rejectAll(error) {
      for (const pending of waiting.takeAll()) pending.reject(error());
    },
  };
}
