import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer, type ServerProcess } from '../../tools/demo/server-process.ts';
import { openStream, type EventStream } from './event-stream.ts';
import { jobClient, type JobAnswer, type JobClient } from './job-server.ts';
import { markedEnvironment, processesWith } from './processes.ts';
import { scriptArguments } from './scripts.ts';
import { until } from './until.ts';

/** Real Python on a busy machine needs so long for its slowest step. */
export const STEP_MS = 240_000;

export interface RealServer extends JobClient {
  readonly pid: number;
  /** Its Python processes and their children, whoever leads them now. */
  children(): number[];
  listen(path?: string): Promise<EventStream>;
  /** Upload the zip and press Train. */
  press(project: string, zip: Buffer, trainConfig: object): Promise<string>;
  /** The newest job of the project, once it is in one of these states; as `jobIn`, with the patience of real Python. */
  jobOf(project: string, ...states: string[]): Promise<JobAnswer>;
  /** The pid of the process that runs the job, from job.json; undefined until it is noted there. */
  pidOf(project: string, jobId: string): number | undefined;
  /** Send a signal to the server alone; resolves with the exit code. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

/** The server as `npm start` runs it, with real Python, whose processes can be found again. */
export async function startRealServer(projectsDir: string, environment: NodeJS.ProcessEnv = {}): Promise<RealServer> {
  const marked = markedEnvironment();
  const server: ServerProcess = await startServer(
    projectsDir,
    { ...marked.environment, ...environment },
    scriptArguments('server'),
  );
  const pid = server.process.pid ?? 0;
  const client = jobClient(server.base);
  return {
    ...client,
    pid,
    children: () => processesWith(marked.mark).filter((other) => other !== pid),
    listen: (path = '/listen') => openStream(server.base + path),
    async press(project, zip, trainConfig) {
      const uploaded = await client.uploadZip(project, zip);
      assert.equal(uploaded.status, 200, JSON.stringify(uploaded.body));
      const { body } = await client.post('/train', { project, train_config: trainConfig });
      assert.equal(body['result'], 'OK', JSON.stringify(body));
      return String(body['job_id']);
    },
    jobOf: (project, ...states) =>
      until(
        async () => {
          const job = (await client.jobs()).find(({ project_id }) => project_id === project);
          if (job && !states.includes(job.state) && job.state === 'failed') assert.fail(`${job.code}: ${job.reason}`);
          return job && states.includes(job.state) ? job : undefined;
        },
        STEP_MS,
        `a job of ${project} that is ${states.join(' or ')}`,
      ),
    pidOf(project, jobId) {
      const job = JSON.parse(readFileSync(join(projectsDir, project, 'jobs', jobId, 'job.json'), 'utf8')) as {
        process?: { pid: number };
      };
      return job.process?.pid;
    },
    async end(signal) {
      if (server.process.exitCode !== null || server.process.signalCode !== null) return server.process.exitCode;
      const gone = once(server.process, 'exit');
      server.process.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}
