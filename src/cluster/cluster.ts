import { createHash, randomBytes } from 'node:crypto';
import type { Config, StoreSettings } from '../config.ts';
import type { App } from '../http/app-type.ts';
import { ConfigError } from '../errors.ts';
import type { EventRelay } from '../events/relay.ts';
import type { JobBackend } from '../jobs/ports.ts';
import { type JointLock, joinFolder } from '../projects/lock.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { StoreSharing } from '../projects/disk-store.ts';
import { HEALTH_TIMES } from '../time-limits.ts';
import { CLUSTER_TIMES, type ClusterTimes } from './times.ts';
import type { ClientLimits } from '../http/client-limits.ts';
import type { NamesHere } from '../people/names-here.ts';
import { createBackend } from './backend.ts';
import { createBull } from './bull.ts';
import { createClaims, type Claims } from './claims.ts';
import { shareClients } from './clients/share-clients.ts';
import { CLOCK_SLOTS, createSharedClock } from './clock.ts';
import { createSharedExclusion } from './exclusion.ts';
import { createNode } from './node.ts';
import { connectRedis, createPulse, PREFIX, type Redis } from './redis.ts';
import { createHub, type Hub } from './remote/hub.ts';
import { registerHosts } from './remote/register.ts';
import { folderId, markOfKeys } from './same-settings.ts';
import { checkStore } from './store/check-store.ts';
import { openS3 } from './store/s3.ts';
import { createSharedPhotos, type SharedPhotos } from './store/shared-photos.ts';

// Makes this process one of several that share a projects folder, through Redis (docs/cluster.md).

export interface Cluster {
  readonly lock: JointLock;
  readonly relay: EventRelay;
  readonly sharing: StoreSharing;
  /** What web servers know of their clients together. */
  readonly limits: ClientLimits;
  readonly namesHere: NamesHere;
  /** Whether it answers now. */
  readonly redisAnswers: () => Promise<boolean>;
  /** Runs a task while no other process does, as what the first one of all makes. */
  alone<Value>(task: () => Promise<Value>): Promise<Value>;
  backend(store: ProjectStore): JobBackend;
  /** What hosts without the folder ask; undefined: none may. */
  readonly routes: ((app: App) => Promise<void>) | undefined;
  /** Files with these contents (SHA-256) were deleted for good. */
  forgetPhotos(contents: readonly string[]): Promise<void>;
}

export interface ClusterOptions {
  readonly config: Pick<Config, 'projectsDir' | 'role'> &
    Partial<Pick<Config, 'keys' | 'openToAll' | 'clusterKey' | 'clusterAddress' | 'host' | 's3'>>;
  readonly redis: string;
  /** Another server uses the folder now: this one must end. */
  onLost(why: string): void;
  /** For the people who run the server. */
  report(error: unknown): void;
  readonly times?: Partial<ClusterTimes> | undefined;
}

/** Rejects with ConfigError. */
export async function joinCluster(options: ClusterOptions): Promise<Cluster> {
  const { config, report } = options;
  const times = { ...CLUSTER_TIMES, ...options.times };
  const isHostServer = config.clusterKey !== undefined && config.role !== 'worker';
  const photos = isHostServer && config.s3 ? await openSharedPhotos(config.s3, report) : undefined;
  const redis = await connectRedis(options.redis, report);
  const starts = createSharedExclusion(redis, 'start');
  const { lock, keys } = await starts
    .run('', async () => ({ lock: await enter(redis, options), keys: await markOfKeys(config.projectsDir, config) }))
    .catch((error: unknown) => {
      redis.disconnect();
      throw error;
    });
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`;
  let claims: Claims | undefined;
  const node = createNode({
    ...{ redis, name, times, keys, report },
    clock: createSharedClock((await redis.incr(`${PREFIX}:clocks`)) % CLOCK_SLOTS, await followClock(redis, times)),
    mayWrite: (jobId) => claims?.isHeld(jobId) ?? true,
  });
  const bull = await createBull(redis, times, report);
  const hub = isHostServer ? createHub(times.lockMs) : undefined;
  return {
    lock,
    relay: node.relay,
    ...shareClients(redis, name, report),
    redisAnswers: createPulse(redis, HEALTH_TIMES.redisMs),
    sharing: { isFirst: lock.isFirst, exclusion: () => createSharedExclusion(redis, 'files') },
    alone: (task) => starts.run('', task),
    backend(store) {
      claims = createClaims(store.paths, name);
      const takesJobs = config.role !== 'web';
      const rebind = () => bind(redis, config.projectsDir);
      return createBackend({ redis, node, bull, claims, store, times, takesJobs, hub, rebind, report });
    },
    routes: hostRoutesOf(config, hub, redis, name, times, photos, (jobId) => claims?.isHeld(jobId) ?? false),
    forgetPhotos: async (contents) => photos?.forget(contents),
  };
}

function hostRoutesOf(
  config: ClusterOptions['config'],
  hub: Hub | undefined,
  redis: Redis,
  name: string,
  { lockMs }: ClusterTimes,
  photos: SharedPhotos | undefined,
  isHeld: Claims['isHeld'],
): Cluster['routes'] {
  const { clusterKey: key, clusterAddress, host = '127.0.0.1' } = config;
  if (hub === undefined || key === undefined) return undefined;
  return (app) =>
    registerHosts(app, { redis, name, hub, key, lostMs: lockMs, config: { clusterAddress, host }, isHeld, photos });
}

/** Before anything else is begun: a wrong setting leaves nothing behind. */
async function openSharedPhotos(settings: StoreSettings, report: ClusterOptions['report']): Promise<SharedPhotos> {
  const store = await openS3(settings);
  await checkStore(store).catch((error: unknown) => {
    store.close();
    throw error;
  });
  return createSharedPhotos({ store, report });
}

/** The folder is this cluster's, and Redis is this folder's. */
async function enter(
  redis: Redis,
  { config: { projectsDir }, redis: url, onLost }: ClusterOptions,
): Promise<JointLock> {
  const lock = await joinFolder(projectsDir, createHash('sha256').update(url).digest('hex'), onLost);
  try {
    await bind(redis, projectsDir);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Also after Redis has lost what it had. */
async function bind(redis: Redis, projectsDir: string): Promise<void> {
  const own = await folderId(projectsDir);
  await redis.set(`${PREFIX}:folder`, own, 'NX');
  if ((await redis.get(`${PREFIX}:folder`)) === own) return;
  throw new ConfigError(
    'The Redis of MAI_REDIS serves another projects folder: all processes of a cluster share one folder, and one Redis serves one cluster.',
  );
}

/** How far the clock of Redis is ahead of the one of this computer, in seconds. */
async function followClock(redis: Redis, { clockMs }: ClusterTimes): Promise<() => number> {
  let offset = 0;
  const measure = async () => {
    const before = Date.now();
    const [seconds, micros] = await redis.time();
    offset = Number(seconds) + Number(micros) / 1e6 - (before + Date.now()) / 2000;
  };
  await measure();
  setInterval(() => void measure().catch(() => undefined), clockMs).unref();
  return () => offset;
}
