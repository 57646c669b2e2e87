import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { whenOver } from './set-up.ts';
import type { Config } from '../../src/config.ts';
import type { JobTuning } from '../../src/jobs/tuning.ts';
import type { Orders, StopOrders } from '../fixtures/job-server.ts';
import { jobClient, type JobClient } from './job-server.ts';
import { scriptArguments } from './scripts.ts';

export interface ServerProcess extends JobClient {
  readonly pid: number;
  from(address: string): JobClient;
  /** Send a signal; resolves with the exit code once it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGHUP'): Promise<number | null>;
  /** Send a signal that does not end it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

/** A server in a process of its own, with fixture children. */
export function startServerProcess(
  projectsDir: string,
  environment: Readonly<Record<string, string>>,
  config: Partial<Config> = {},
  tuning: Partial<JobTuning> = {},
  stop: StopOrders = {},
): Promise<ServerProcess> {
  return startNodeProcess({ config: { projectsDir, ...config }, tuning, stop }, environment);
}

/** The same, perhaps one of a cluster. A worker has no address. */
export async function startNodeProcess(
  orders: Orders,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  cleanUp: (task: () => void) => void = whenOver,
): Promise<ServerProcess> {
  const server = spawn(process.execPath, [...scriptArguments('job-server'), JSON.stringify(orders)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp(() => void server.kill('SIGKILL'));
  const [address] = (await once(server.stdout, 'data')) as [Buffer];
  const base = address.toString().trim();
  return {
    ...jobClient(base),
    pid: server.pid ?? 0,
    from: (source) => jobClient(base, source),
    signal: (signal) => void server.kill(signal),
    async end(signal) {
      const gone = once(server, 'exit');
      server.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}
