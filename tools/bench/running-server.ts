import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createIdeClient, type IdeClient, type IdeEvent } from '../demo/ide-client.ts';
import { startServer } from '../demo/server-process.ts';

export interface RunningServer {
  readonly base: string;
  readonly pid: number;
  readonly ide: IdeClient;
  /** Upload the zip as this project. */
  upload(project: string, zip: string): Promise<void>;
  /** POST /train; the seconds from then until each event that comes, up to and with `last`. */
  train(project: string, config: object, last: string): Promise<TrainTimes>;
  /** Until the waiting child has done its imports. */
  warm(): Promise<void>;
}

export interface TrainTimes {
  /** First time of each event, seconds after POST /train was begun. */
  readonly at: Readonly<Record<string, number>>;
  readonly events: readonly IdeEvent[];
}

const LIMIT_MS = 20 * 60_000;

/** Run `work` with a new server, started as `npm start` does and stopped afterwards. */
export async function withServer<Result>(
  projectsDir: string,
  environment: NodeJS.ProcessEnv,
  work: (server: RunningServer) => Promise<Result>,
): Promise<Result> {
  const { base, process: child, stop } = await startServer(projectsDir, environment, [join('tools', 'start.mjs')]);
  const ide = createIdeClient(base);
  try {
    return await work({
      base,
      pid: child.pid ?? 0,
      ide,
      async upload(project, zip) {
        const { result, reason } = await ide.upload(project, await readFile(zip));
        if (result !== 'success') throw new Error(reason ?? result);
      },
      train: (project, config, last) => train(ide, project, config, last),
      async warm() {
        for (const end = Date.now() + 60_000; Date.now() < end; await pause(25)) {
          if ((await ide.ping()).backend.startsWith('torch')) return;
        }
        throw new Error('the waiting child did not become ready within a minute');
      },
    });
  } finally {
    await stop();
  }
}

/**
 * Do `work` and read the events of all jobs meanwhile, from before it begins; resolves when `isLast` is true of one. Throws
 * where a job fails, and after twenty minutes or `limitMs`.
 */
export async function listenMeanwhile(
  ide: IdeClient,
  isLast: (event: IdeEvent) => boolean,
  work: () => Promise<void>,
  limitMs = LIMIT_MS,
): Promise<void> {
  const stream = new AbortController();
  const listening = (async () => {
    for await (const event of ide.listen(AbortSignal.any([stream.signal, AbortSignal.timeout(limitMs)]))) {
      if (event.event === 'error') throw new Error(`a job failed: ${event.msg ?? ''}`);
      if (isLast(event)) return;
    }
    throw new Error('the stream ended too early');
  })();
  listening.catch(() => undefined); // it is awaited later
  try {
    await pause(100); // the stream is open before a job can say anything
    await work();
    await listening;
  } finally {
    stream.abort();
  }
}

async function train(ide: IdeClient, project: string, config: object, last: string): Promise<TrainTimes> {
  const events: IdeEvent[] = [];
  const at: Record<string, number> = {};
  let started = performance.now();
  const isLast = (event: IdeEvent) => {
    events.push(event);
    at[event.event] ??= (performance.now() - started) / 1000;
    return event.event === last;
  };
  await listenMeanwhile(ide, isLast, async () => {
    started = performance.now();
    const { result, reason } = await ide.train(project, config);
    if (result !== 'OK') throw new Error(reason ?? result);
  });
  return { at, events };
}
