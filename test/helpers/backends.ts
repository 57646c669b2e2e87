import { after } from 'node:test';
import { buildApp } from '../../src/app.ts';
import { joinCluster } from '../../src/cluster/cluster.ts';
import type { Config } from '../../src/config.ts';
import type { JobTuning } from '../../src/jobs/tuning.ts';
import type { ClusterTimes } from '../../src/cluster/times.ts';
import { FIXTURE_CHILD } from './fixture-child.ts';
import { jobClient, type JobClient } from './job-server.ts';
import { noRedis, startRedis, type TestRedis } from './redis.ts';
import type { Orders } from '../fixtures/job-server.ts';
import { type ServerProcess, startNodeProcess } from './server-process.ts';
import { whenOver } from './set-up.ts';
import { tempDir } from './temp-dir.ts';
import { testConfig } from './test-config.ts';

/** A whole system with one slot, for rules that hold however many processes it has. */
export interface System {
  readonly projects: string;
  /** The addresses of its web servers; the same one twice where there is one. */
  readonly bases: readonly [string, string];
  /** A client at an address, which asks the one web server and the other in turns. */
  client(address?: string): JobClient;
  /** End what runs jobs, without a warning or in good order; another one goes on. */
  endRunner(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  readonly redis?: TestRedis;
}

export interface SystemOptions {
  readonly tuning?: Partial<JobTuning>;
  readonly times?: Partial<ClusterTimes>;
  /** The test starts its workers itself. */
  readonly hasNoRunner?: boolean;
  /** Of the web servers of a cluster. */
  readonly web?: Partial<Config>;
}

interface BackendUnderTest {
  readonly name: string;
  readonly skip: string | false;
  start(options?: SystemOptions): Promise<System>;
}

/** Short enough for a test, and long enough for a busy computer. */
const TIMES: Partial<ClusterTimes> = {
  lockMs: 4_000,
  renewMs: 800,
  stalledMs: 500,
  reconcileMs: 1_000,
  takeMs: 100,
  tickMs: 500,
};

const BACKENDS: readonly BackendUnderTest[] = [
  { name: 'embedded', skip: false, start: startEmbedded },
  { name: 'cluster', skip: noRedis, start: startCluster },
];

/** One system of each backend. At the head of a test file: what is started is ended with the file. */
export function startBackends(options?: SystemOptions): Promise<readonly Started[]> {
  return Promise.all(
    BACKENDS.map(async ({ name, skip, start }) => ({ name, skip, system: skip ? NONE : await start(options) })),
  );
}

export interface Started {
  readonly name: string;
  readonly skip: string | false;
  readonly system: System;
}

/** Of tests that are skipped. */
const NONE = {} as System;

/** Trainings keep their turn, however slow the computer is: turns are for the tests of turns. */
export const NO_TURNS: Partial<JobTuning> = { slices: { leastS: 86_400, costs: 0 } };

async function startEmbedded({ tuning: own = {} }: SystemOptions = {}): Promise<System> {
  const tuning = { ...NO_TURNS, ...own };
  const projects = await tempDir();
  const config = { projectsDir: projects, slots: 1 };
  const start = createStart();
  let server = await start({ config, tuning });
  return {
    projects,
    get bases(): [string, string] {
      return [server.base, server.base];
    },
    client: (address) => clientOf(() => server.base, address),
    async endRunner(signal) {
      await server.end(signal);
      server = await start({ config, tuning });
    },
  };
}

/** Two web servers in this process, and a worker in one of its own. */
export async function startCluster({
  tuning = {},
  times = {},
  hasNoRunner = false,
  web = {},
}: SystemOptions = {}): Promise<System> {
  const redis = await startRedis();
  const projects = await tempDir();
  const config = { projectsDir: projects, slots: 1, redis: redis.url };
  const orders = {
    config: { ...config, role: 'worker' as const },
    tuning: { ...NO_TURNS, ...tuning },
    times: { ...TIMES, ...times },
  };
  const start = createStart();
  const starting = hasNoRunner ? undefined : start(orders);
  const startOne = () => startWeb({ ...config, ...web }, orders.times);
  const bases = [await startOne(), await startOne()] as const;
  let worker = await starting;
  let asked = 0;
  return {
    ...{ projects, bases, redis },
    client: (address) => clientOf(() => bases[(asked += 1) % 2] ?? bases[0], address),
    async endRunner(signal) {
      await worker?.end(signal);
      worker = await start(orders);
    },
  };
}

/** A web server of a cluster, in this process. */
export async function startWeb(config: Partial<Config>, times: Partial<ClusterTimes> = TIMES): Promise<string> {
  const whole = await testConfig({ ...FIXTURE_CHILD, ...config, role: 'web' });
  const report = (error: unknown) => void (process.env['TEST_LOG'] && console.error(error));
  const onLost = (why: string) => {
    throw new Error(why);
  };
  const cluster = await joinCluster({ config: whole, redis: whole.redis ?? '', onLost, report, times });
  const app = await buildApp(whole, { cluster });
  whenOver(() => app.close());
  return app.listen({ host: whole.host, port: 0 });
}

/** The base is looked up for each question. */
function clientOf(base: () => string, address?: string): JobClient {
  const now = () => jobClient(base(), address);
  return {
    get base() {
      return base();
    },
    get: (path) => now().get(path),
    post: (path, body) => now().post(path, body),
    upload: (...of) => now().upload(...of),
    uploadZip: (...of) => now().uploadZip(...of),
    async train(id, trainConfig = {}, zip = {}) {
      const uploaded = await now().upload(id, trainConfig, zip);
      return uploaded.status === 200 ? now().post('/train', { project: id, train_config: trainConfig }) : uploaded;
    },
    jobs: () => now().jobs(),
    jobIn: (...of) => now().jobIn(...of),
  };
}

/** Starts processes also within a test; they are ended with the file. */
function createStart(): (orders: Orders) => Promise<ServerProcess> {
  const ends: (() => void)[] = [];
  after(() => {
    for (const end of ends) end();
  });
  return (orders) => startNodeProcess(orders, process.env, (end) => void ends.push(end));
}
