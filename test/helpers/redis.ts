import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

/** Why tests with Redis are skipped here; false: they are not. */
export const noRedis: string | false =
  spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'there is no redis-server here (Debian: apt-get install redis-server)';

/** A Redis of the test's own, which forgets everything when it ends, unless it keeps an append-only file. */
export interface TestRedis {
  readonly url: string;
  /** Everything is gone from one moment to the next. */
  wipe(): Promise<void>;
  /** `kill -9`, and another one at the same address. */
  restart(): Promise<void>;
  /** Ends it, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startRedis(keeps = false): Promise<TestRedis> {
  const dir = await tempDir();
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  // after everything that was started with it: who closes without it waits five seconds
  process.once('exit', () => server?.kill('SIGKILL'));

  const start = async () => {
    const kept = keeps ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir, ...kept];
    server = spawn('redis-server', args, { stdio: 'ignore' });
    server.unref();
    await until(() => answers(url), 20_000, 'an answer of Redis');
  };
  const stop = async () => {
    if (server === undefined) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url,
    async wipe() {
      const redis = new Redis(url);
      await redis.flushall();
      redis.disconnect();
    },
    stop,
    start,
    async restart() {
      await stop();
      await start();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { retryStrategy: () => null, lazyConnect: true });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
