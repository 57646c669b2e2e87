import { inferenceFailed } from '../../errors.ts';
import { createExchange, type ExchangeOptions } from './exchange.ts';
import { createRequestQueue, type QueueLimits } from './queue.ts';
import type { Asker, InferenceRequest, InferenceResult } from './request.ts';

/** Answers for single photos and sounds, with a model that a process keeps in memory. */
export type InferenceWorker = ResidentWorker<InferenceRequest>;

/** A process that stays, and whoever waits for it. */
export interface ResidentWorker<Request> {
  /** Rejects with an AppError. The process is started by the first request. */
  ask(request: Request, from: Asker): Promise<InferenceResult>;
  close(): Promise<void>;
}

export type InferenceWorkerOptions = ExchangeOptions & QueueLimits;

export function createInferenceWorker(options: Omit<InferenceWorkerOptions, 'program'>): InferenceWorker {
  return createResidentWorker<InferenceRequest>({ ...options, program: 'infer.py' });
}

export function createResidentWorker<Request extends object>(options: InferenceWorkerOptions): ResidentWorker<Request> {
  const queue = createRequestQueue<Request>(options);
  const exchange = createExchange(options, queue);
  let closed = false;
  return {
    async ask(request, from) {
      if (closed) throw inferenceFailed();
      return queue.wait(request, from, exchange.sendNext);
    },
    async close() {
      closed = true;
      const stopped = exchange.close();
      queue.rejectAll(inferenceFailed);
      await stopped;
    },
  };
}
