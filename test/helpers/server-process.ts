import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { whenOver } from './set-up.ts';
import type { Config } from '../../src/config.ts';
import type { JobTuning } from '../../src/jobs/tuning.ts';
import type { StopOrders } from '../fixtures/job-server.ts';
import { jobClient, type JobClient } from './job-server.ts';
import { scriptArguments } from './scripts.ts';

export interface ServerProcess extends JobClient {
  readonly pid: number;
  from(address: string): JobClient;
  /** Send a signal; resolves with the exit code once it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGHUP'): Promise<number | null>;
}

/** A server in a process of its own, with fixture children. */
export async function startServerProcess(
  projectsDir: string,
  environment: Readonly<Record<string, string>>,
  config: Partial<Config> = {},
  tuning: Partial<JobTuning> = {},
  stop: StopOrders = {},
): Promise<ServerProcess> {
  const orders = JSON.stringify({ config: { projectsDir, ...config }, tuning, stop });
  const server = spawn(process.execPath, [...scriptArguments('job-server'), orders], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  whenOver(() => server.kill('SIGKILL'));
  const [address] = (await once(server.stdout, 'data')) as [Buffer];
  const base = address.toString().trim();
  return {
    ...jobClient(base),
    pid: server.pid ?? 0,
    from: (source) => jobClient(base, source),
    async end(signal) {
      const gone = once(server, 'exit');
      server.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}
