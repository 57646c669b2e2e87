import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../../config.ts';
import { ConfigError } from '../../errors.ts';
import { removeTree } from '../../files/tree.ts';
import { createMachineInfo, isKnown } from '../../jobs/domain/machine-info.ts';
import { planSlots } from '../../jobs/domain/slots.ts';
import { listGpus } from '../../jobs/gpus.ts';
import { createSlotPool } from '../../jobs/slot-pool.ts';
import { TUNING } from '../../jobs/tuning.ts';
import { lockFolder } from '../../projects/lock.ts';
import { connectRedis } from '../redis.ts';
import { CLUSTER_TIMES, REMOTE_TIMES } from '../times.ts';
import { readAnnounced } from './announce.ts';
import { type BlobCache, openBlobCache } from './blob-cache.ts';
import { type WebServer, webServer } from './client.ts';
import { startHostRun } from './host-run.ts';
import { startSeat } from './seat.ts';

// A worker that has no projects folder: it offers its slots to web servers, and runs the children that they order.

export interface HostOptions {
  readonly config: Config;
  readonly redis: string;
  readonly key: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'info'>;
  readonly starting?: (typeof TUNING)['starting'];
  /** Another process uses the folder now: this one must end. */
  onLost(why: string): void;
}

export interface Host {
  /** The folder is free for another. */
  release(): void;
  close(): Promise<void>;
}

/** Rejects with ConfigError. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { config, environment, log, key } = options;
  const report = quiet(log);
  const redis = await connectRedis(options.redis, (error) => report(error, 'Redis'));
  const lock = await lockFolder(config.cacheDir, options.onLost).catch((error: unknown) => {
    redis.disconnect();
    throw error instanceof ConfigError ? inUse(config.cacheDir) : error;
  });
  const runsDir = join(config.cacheDir, 'runs');
  const sharedCache = join(config.cacheDir, 'known-networks');
  await removeTree(runsDir);
  await mkdir(sharedCache, { recursive: true });
  const cache = await openBlobCache(join(config.cacheDir, 'files'), config.cacheBytes);
  const stopForgetting = forgetInTime(cache, report);
  const cores = availableParallelism();
  const slots = planSlots(config.device, config.slots, { gpus: listGpus(environment), cores });
  const tuning = { ...TUNING, ...(options.starting && { starting: options.starting }) };
  const machine = createMachineInfo();
  const pool = createSlotPool({ config, environment, log }, tuning, slots, machine);
  for (const { index } of slots) pool.prepare(index);
  const servers = createServers(() => readAnnounced(redis), key);
  const seats = slots.map((slot) =>
    startSeat({
      ...{ slot, servers, report },
      machine: () => (isKnown(machine.backend) ? { device: machine.device, backend: machine.backend } : undefined),
      onTaken: ({ base }) => log.info({ slot: slot.index, server: base }, 'a web server has taken the slot'),
      start: (server, token, work) =>
        startHostRun(
          {
            ...{ cache, runsDir, sharedCache, report },
            own: { device: slot.device, threads: slot.threads, weightsDir: config.weightsDir },
            take: (handlers) => pool.take(slot.index, handlers),
          },
          server,
          token,
          work,
        ),
    }),
  );
  return {
    release: () => lock.release(),
    async close() {
      await Promise.all(seats.map((seat) => seat.close()));
      stopForgetting();
      await pool.close();
      redis.disconnect();
    },
  };
}

/** A photo that was deleted at the server must not stay here. */
function forgetInTime(cache: BlobCache, report: (error: unknown, what: string) => void): () => void {
  const forget = () => {
    try {
      cache.forgetBefore(Date.now() - REMOTE_TIMES.cachedMs);
    } catch (error) {
      report(error, 'old photos could not be deleted from MAI_CACHE_DIR');
    }
  };
  forget();
  const timer = setInterval(forget, REMOTE_TIMES.cacheLookMs).unref();
  return () => clearInterval(timer);
}

function inUse(folder: string): ConfigError {
  return new ConfigError(
    `Another process uses the folder ${folder}: stop it first, or give this one a folder of its own (MAI_CACHE_DIR).`,
  );
}

/** One client for each address, and those that answer. Every slot begins with another web server. */
function createServers(
  read: () => Promise<readonly (readonly string[])[]>,
  key: string,
): () => Promise<readonly WebServer[]> {
  const known = new Map<string, WebServer>();
  const at = (base: string) => {
    const server = known.get(base) ?? webServer(base, key);
    known.set(base, server);
    return server;
  };
  return async () => {
    const found = [...(await read())];
    found.sort(() => Math.random() - 0.5);
    return found.flatMap((addresses) => addresses.map(at));
  };
}

/** One line of a kind in a while. */
function quiet(log: HostOptions['log']): (error: unknown, what: string) => void {
  const said = new Map<string, number>();
  return (error, what) => {
    const text = `${what} ${error instanceof Error ? error.message : String(error)}`;
    if (performance.now() - (said.get(text) ?? Number.NEGATIVE_INFINITY) < CLUSTER_TIMES.saidAgainMs) return;
    said.set(text, performance.now());
    log.warn({ err: error }, what);
  };
}
