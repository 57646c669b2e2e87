import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_LIMIT_MS = 30_000;

export interface ServerProcess {
  readonly base: string;
  readonly process: ChildProcess;
  /** Ask the server to end as a system administrator would, and wait until it has. */
  stop(): Promise<void>;
}

/** From the sources as they are; `npm start` serves from one file made of them. */
const FROM_SOURCES = ['--import', 'tsx', join('src', 'server.ts')];

/** Start the server on a free port of the loopback interface, in a process of its own. */
export async function startServer(
  projectsDir: string,
  environment: NodeJS.ProcessEnv = {},
  nodeArguments: readonly string[] = FROM_SOURCES,
): Promise<ServerProcess> {
  const server = spawn(process.execPath, nodeArguments, {
    cwd: ROOT,
    env: {
      ...process.env,
      MAI_HOST: '127.0.0.1',
      MAI_PORT: '0',
      MAI_KEY: '',
      MAI_PROJECTS_DIR: projectsDir,
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const base = await addressPrinted(server);
  return {
    base,
    process: server,
    stop: async () => {
      server.kill('SIGTERM');
      await exited;
    },
  };
}

async function addressPrinted(server: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  const limit = setTimeout(() => server.kill(), START_LIMIT_MS);
  const lines = createInterface({ input: server.stdout });
  try {
    for await (const line of lines) {
      const base = /https?:\/\/[\w.:[\]]+/.exec(line)?.[0];
      if (base) return base;
    }
  } finally {
    clearTimeout(limit);
    lines.close();
    server.stdout.resume();
  }
  throw new Error('the server did not start: see its message above');
}
