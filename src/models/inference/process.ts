import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { childEnvironment } from '../../child/environment.ts';
import { NICENESS } from '../../child/priority.ts';
import { spawnChild } from '../../child/spawn.ts';
import { keepTail } from '../../child/tail.ts';
import { terminate } from '../../child/terminate.ts';
import type { Config } from '../../config.ts';
import { type Answer, parseAnswer } from './answer.ts';

/** A resident process, such as the one that holds models in memory: it answers one request after the other. */
export interface InferenceProcess {
  send(id: number, request: object): void;
  /** It has answered once, so its imports are done. */
  readonly isWarm: boolean;
  /** Resolves when nothing of it is left. */
  stop(): Promise<void>;
}

export interface InferenceProcessOptions {
  readonly config: Pick<Config, 'python' | 'pythonDir' | 'weightsDir'>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly threads: number;
  /** The program in `pythonDir`. */
  readonly program: 'infer.py' | 'thumbnails.py';
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
}

export interface InferenceProcessHandlers {
  onAnswer(answer: Answer): void;
  /** It has ended by itself. */
  onEnd(): void;
}

/** How much of what the process wrote before it ended is logged. */
const MAX_WRITTEN = 2000;

export function startInferenceProcess(
  { config, environment, threads, program, log }: InferenceProcessOptions,
  { onAnswer, onEnd }: InferenceProcessHandlers,
): InferenceProcess {
  const env = childEnvironment(environment, { threads, weightsDir: config.weightsDir });
  const written = keepTail(MAX_WRITTEN);
  let isWarm = false;
  let isStopped = false;
  const child = spawnChild(
    { file: config.python, args: [join(config.pythonDir, program)], env, niceness: NICENESS.inference },
    {
      onLines(lines) {
        for (const line of lines) {
          const answer = 'text' in line ? parseAnswer(line.text) : undefined;
          if (answer === undefined || isStopped) continue;
          isWarm = true;
          onAnswer(answer);
        }
      },
      onStderr: written.add,
    },
  );
  void child.ended.then((exit) => {
    if (isStopped) return;
    log.warn(
      { program, child: child.pid, exit, written: written.text },
      'a resident process ended; the next request starts another',
    );
    onEnd();
  });
  return {
    send: (id, request) => child.writeLine(JSON.stringify({ id, ...request })),
    get isWarm() {
      return isWarm;
    },
    async stop() {
      isStopped = true;
      await terminate(child);
    },
  };
}
