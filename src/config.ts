import { join } from 'node:path';
import { type Key, OPEN } from './access-settings.ts';
import type { Setting } from './setting-values.ts';
import { checkRole, type LOG_LEVELS, type ROLES, root, SET_UP, SETTINGS } from './settings.ts';
import { storeOf, type StoreSettings } from './store-settings.ts';

export type { StoreSettings };

/** The settings of the server. Frozen; made in one place from the environment. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** undefined: no https. */
  readonly httpsPort: number | undefined;
  /** Certificate and key of https, PEM; undefined: made by the server. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly projectsDir: string;
  /** Through which Redis several processes share the projects; undefined: this one has them to itself. */
  readonly redis: string | undefined;
  /** What this process does of it: answer requests, run jobs, or both. */
  readonly role: (typeof ROLES)[number];
  /** With it web servers give photos to workers that have no projects folder, and a worker is such a one. */
  readonly clusterKey: string | undefined;
  /** Where those workers reach this web server; undefined: at its own addresses. */
  readonly clusterAddress: string | undefined;
  /** The object store through which photos get to those workers; undefined: they get them from web servers. */
  readonly s3: StoreSettings | undefined;
  readonly cacheDir: string;
  readonly cacheBytes: number;
  readonly device: string;
  /** Jobs at once; undefined: one per GPU, one on CPU. */
  readonly slots: number | undefined;
  readonly weightsDir: string | undefined;
  readonly missingWeights: 'substitute' | 'random' | 'fail';
  readonly maxUploadBytes: number;
  readonly maxUnpackedBytes: number;
  readonly maxFiles: number;
  /** A project that nobody uses for so many days is deleted; undefined: none is. */
  readonly keepDays: number | undefined;
  /** How much a classroom may keep, in bytes and in projects; undefined: as much as the disk holds. */
  readonly quotaBytes: number | undefined;
  readonly quotaProjects: number | undefined;
  /** Empty: no key is asked for (on a network the start makes one). A key without a name opens the default workspace ''. */
  readonly keys: readonly Key[];
  /** MAI_KEY=open: whoever reaches the server may use it. */
  readonly openToAll: boolean;
  /** Who sends it gets the figures for Prometheus; undefined: there are none. */
  readonly metricsKey: string | undefined;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** The interpreter of the Python children. */
  readonly python: string;
  /** The folder of child.py and infer.py. */
  readonly pythonDir: string;
  /** The folder of the environments that some boards' conversions need. */
  readonly compilersDir: string;
  /** The page that the set-up bundles. */
  readonly pageDir: string;
  /** Addresses and networks (`10.0.0.0/8`) of reverse proxies; empty: X-Forwarded-For is not read. */
  readonly trustProxy: readonly string[];
  /** Names under which this server may be asked, beside its addresses and its computer's own names. */
  readonly hosts: readonly string[];
  /** Origins of pages that may use the server, beside the published IDE's and those of this computer. */
  readonly origins: readonly string[];
}

const DEFAULT_HTTPS_PORT = 5443;

/** Read the environment. An empty value counts as not set. Throws ConfigError with one sentence. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const value = <Value>({ name, fallback, read }: Setting<Value>) => read(environment[name]?.trim() || fallback, name);
  const host = value(SETTINGS.host);
  const port = value(SETTINGS.port);
  const redis = value(SETTINGS.redis);
  const role = value(SETTINGS.role);
  const clusterKey = value(SETTINGS.clusterKey);
  const clusterAddress = value(SETTINGS.clusterAddress);
  checkRole(role, redis, clusterKey);
  const s3 = storeOf(value, role, clusterKey);
  const httpsPort = value(SETTINGS.httpsPort) ?? (isLoopbackHost(host) ? 'off' : port === 0 ? 0 : DEFAULT_HTTPS_PORT);
  return Object.freeze({
    host,
    port,
    httpsPort: httpsPort === 'off' ? undefined : httpsPort,
    tlsCert: value(SETTINGS.tlsCert),
    tlsKey: value(SETTINGS.tlsKey),
    projectsDir: value(SETTINGS.projectsDir),
    redis,
    role,
    clusterKey,
    clusterAddress,
    s3,
    cacheDir: value(SETTINGS.cacheDir),
    cacheBytes: value(SETTINGS.cacheBytes),
    device: value(SETTINGS.device),
    slots: value(SETTINGS.slots),
    weightsDir: value(SETTINGS.weightsDir),
    missingWeights: value(SETTINGS.missingWeights),
    maxUploadBytes: value(SETTINGS.maxUploadBytes),
    maxUnpackedBytes: value(SETTINGS.maxUnpackedBytes),
    maxFiles: value(SETTINGS.maxFiles),
    keepDays: value(SETTINGS.keepDays),
    quotaBytes: value(SETTINGS.quotaBytes),
    quotaProjects: value(SETTINGS.quotaProjects),
    keys: value(SETTINGS.keys) ?? [],
    openToAll: environment[SETTINGS.keys.name]?.trim() === OPEN,
    metricsKey: value(SETTINGS.metricsKey),
    logLevel: value(SETTINGS.logLevel),
    python: value(SETTINGS.python),
    pythonDir: join(root, 'python'),
    compilersDir: root,
    pageDir: join(root, 'dist', 'page'),
    hosts: [...value(SETTINGS.hosts), ...(clusterAddress ? [new URL(clusterAddress).hostname] : [])],
    origins: value(SETTINGS.origins),
    trustProxy: value(SETTINGS.trustProxy),
  });
}

/** Listening there lets no other computer in. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Other computers reach the server, by its own address or through a proxy. */
export function isReachedByOthers({ host, trustProxy }: Pick<Config, 'host' | 'trustProxy'>): boolean {
  return !isLoopbackHost(host) || trustProxy.length > 0;
}

/** A server that other computers reach asks for a key, unless a setting says not to. */
export function needsKey(config: Pick<Config, 'host' | 'trustProxy' | 'keys' | 'openToAll'>): boolean {
  return isReachedByOthers(config) && config.keys.length === 0 && !config.openToAll;
}

/** The workspaces that can be reached: the default one, or those of the keys. */
export function workspacesOf(config: Pick<Config, 'keys'>): readonly string[] {
  return config.keys.length === 0 ? [''] : [...new Set(config.keys.map(({ workspace }) => workspace))];
}

/** The table of `--help`. */
export function helpText(): string {
  const rows = [...Object.values(SETTINGS), ...SET_UP].map(
    ({ name, fallback, meaning }) => [name, fallback || '–', meaning] as const,
  );
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(
    ([name, fallback, meaning]) => `  ${name.padEnd(width(0))}  ${fallback.padEnd(width(1))}  ${meaning}`,
  );
  return ['KidBright mAI server. Settings come from the environment; all are optional:', '', ...lines, ''].join('\n');
}
