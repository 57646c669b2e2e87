import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../../config.ts';
import type { Child, OutputLine } from '../../child/child.ts';
import { childEnvironment } from '../../child/environment.ts';
import { NICENESS } from '../../child/priority.ts';
import { spawnChild } from '../../child/spawn.ts';
import { keepTail } from '../../child/tail.ts';
import { terminate } from '../../child/terminate.ts';
import { inferenceBusy, inferenceFailed, inferenceRefused, inferenceTimeout } from '../../errors.ts';
import { INFERENCE_TIMES } from '../../time-limits.ts';
import { createTurns } from './turns.ts';

export interface InferenceRequest {
  /** The folder that holds model.pth. */
  readonly model: string;
  readonly file: string;
  readonly type: InferenceType;
  readonly threshold?: number;
  readonly board: boolean;
}

export type InferenceType = 'classification' | 'detection' | 'voice';
export type InferenceResult = Readonly<Record<string, unknown>>;

/** Clients take turns; what nobody waits for any more is dropped. */
export interface Asker {
  readonly client: string;
  /** Whose share of the queue it takes. */
  readonly group: string;
  /** Aborted when the client has left. */
  readonly signal?: AbortSignal;
}

/** The resident process that holds models in memory and answers one request after the other. */
export interface InferenceWorker {
  /** Rejects with an AppError. The process is started by the first request. */
  ask(request: InferenceRequest, from: Asker): Promise<InferenceResult>;
  close(): Promise<void>;
}

export interface InferenceWorkerOptions {
  readonly config: Pick<Config, 'python' | 'pythonDir' | 'weightsDir'>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly threads: number;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
  /** Of one group; a class behind one address is one client. */
  readonly maxWaiting?: number;
  /** Of all clients together. */
  readonly maxWaitingInAll?: number;
  /** From sending a request; the first one of a process also waits for its imports. */
  readonly deadlineMs?: number;
  readonly startMs?: number;
  readonly idleMs?: number;
}

interface Pending {
  readonly request: InferenceRequest;
  readonly group: string;
  readonly resolve: (result: InferenceResult) => void;
  readonly reject: (error: unknown) => void;
}

/** The worker's word for a bug of its own. */
const OWN_FAULT = 'internal';
/** Of what the process wrote before it ended. */
const MAX_WRITTEN = 2000;

export function createInferenceWorker(options: InferenceWorkerOptions): InferenceWorker {
  const { maxWaiting = 200, maxWaitingInAll = 2_000 } = options;
  const { deadlineMs, startMs, idleMs } = { ...INFERENCE_TIMES, ...options };
  const waiting = createTurns<Pending>();
  let asked: { readonly pending: Pending; readonly id: number } | undefined;
  let child: Child | undefined;
  let isWarm = false;
  let lastId = 0;
  let closed = false;
  let deadline: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;

  function sendNext(): void {
    if (asked !== undefined || closed) return;
    clearTimeout(idle);
    const pending = waiting.take();
    if (pending === undefined) {
      idle = setTimeout(() => void stop(), idleMs).unref();
      return;
    }
    child ??= start();
    lastId += 1;
    asked = { pending, id: lastId };
    child.writeLine(JSON.stringify({ id: lastId, ...pending.request }));
    const limitMs = isWarm ? deadlineMs : startMs;
    deadline = setTimeout(() => {
      settle((one) => one.reject(inferenceTimeout(limitMs / 1000)));
      // whatever it is busy with, it would be busy with it for the next one too
      void stop().then(sendNext);
    }, limitMs);
  }

  function start(): Child {
    const { config, environment, threads, log } = options;
    const env = childEnvironment(environment, { threads, weightsDir: config.weightsDir });
    const written = keepTail(MAX_WRITTEN);
    const started = spawnChild(
      { file: config.python, args: [join(config.pythonDir, 'infer.py')], env, niceness: NICENESS.inference },
      {
        onLines: (lines) => lines.forEach(receive),
        onStderr: written.add,
      },
    );
    void started.ended.then((exit) => {
      if (child !== started) return;
      forget();
      log.warn({ exit, written: written.text }, 'the inference process ended; the next request starts another');
      settle((one) => one.reject(inferenceFailed()));
      sendNext();
    });
    return started;
  }

  function receive(line: OutputLine): void {
    const answer = 'text' in line ? parseAnswer(line.text) : undefined;
    if (answer === undefined || asked === undefined || answer.id !== asked.id) return;
    isWarm = true;
    settle((one) => {
      if (answer.result !== undefined) one.resolve(answer.result);
      else
        one.reject(
          answer.error.code === OWN_FAULT ? inferenceFailed() : inferenceRefused(answer.error.code, answer.error.msg),
        );
    });
    sendNext();
  }

  function settle(how: (pending: Pending) => void): void {
    clearTimeout(deadline);
    const pending = asked?.pending;
    asked = undefined;
    if (pending !== undefined) how(pending);
  }

  function forget(): void {
    child = undefined;
    isWarm = false;
  }

  async function stop(): Promise<void> {
    const old = child;
    forget();
    if (old !== undefined) await terminate(old);
  }

  return {
    async ask(request, { client, group, signal }) {
      if (closed) throw inferenceFailed();
      signal?.throwIfAborted();
      const own = waiting.count((pending) => pending.group === group);
      if (own >= maxWaiting || waiting.size >= maxWaitingInAll)
        throw inferenceBusy(own >= maxWaiting ? own : waiting.size);
      let leave = () => {};
      try {
        return await new Promise<InferenceResult>((resolve, reject) => {
          const pending = { request, group, resolve, reject };
          // One that is being answered is let go on: the process cannot be interrupted.
          leave = () => waiting.remove(client, pending) && reject(signal?.reason);
          signal?.addEventListener('abort', leave, { once: true });
          waiting.push(client, pending);
          sendNext();
        });
      } finally {
        signal?.removeEventListener('abort', leave);
      }
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      settle((one) => one.reject(inferenceFailed()));
      for (const pending of waiting.takeAll()) pending.reject(inferenceFailed());
      await stop();
    },
  };
}

type Answer = { readonly id: number } & (
  | { readonly result: InferenceResult; readonly error?: never }
  | { readonly result?: never; readonly error: { readonly code: string; readonly msg: string } }
);

function parseAnswer(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || typeof value['id'] !== 'number') return undefined;
    if (isObject(value['result'])) return { id: value['id'], result: value['result'] };
    const error = isObject(value['error']) ? value['error'] : {};
    return { id: value['id'], error: { code: String(error['code'] ?? 'internal'), msg: String(error['msg'] ?? '') } };
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
