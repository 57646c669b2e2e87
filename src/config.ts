import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bearerKey, classroomKeys, hostNames, type Key, OPEN, pageOrigins, proxyAddresses } from './access-settings.ts';
import {
  device,
  folder,
  hostName,
  httpsPort,
  megabytes,
  oneOf,
  optional,
  type Read,
  wholeNumber,
} from './setting-values.ts';

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
  readonly device: string;
  /** Jobs at once; undefined: one per GPU, one on CPU. */
  readonly slots: number | undefined;
  readonly weightsDir: string | undefined;
  readonly missingWeights: 'substitute' | 'random' | 'fail';
  readonly maxUploadBytes: number;
  readonly maxUnpackedBytes: number;
  readonly maxFiles: number;
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
  /** The page that the set-up bundles. */
  readonly pageDir: string;
  /** Addresses and networks (`10.0.0.0/8`) of reverse proxies; empty: X-Forwarded-For is not read. */
  readonly trustProxy: readonly string[];
  /** Names under which this server may be asked, beside its addresses and its computer's own names. */
  readonly hosts: readonly string[];
  /** Origins of pages that may use the server, beside the published IDE's and those of this computer. */
  readonly origins: readonly string[];
}

interface Setting<Value> {
  readonly name: string;
  readonly fallback: string;
  readonly meaning: string;
  readonly read: Read<Value>;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const MISSING_WEIGHTS = ['substitute', 'random', 'fail'] as const;
const DEFAULT_HTTPS_PORT = 5443;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const SETTINGS = {
  host: setting('MAI_HOST', '127.0.0.1', 'address to listen on; 0.0.0.0 lets other computers in', hostName),
  port: setting('MAI_PORT', '5000', 'port to listen on; 0 takes any free one', wholeNumber(0, 65_535)),
  httpsPort: setting(
    'MAI_HTTPS_PORT',
    '',
    'port of https; 0 takes any free one, off switches it off (unset: 5443, off where MAI_HOST is this computer alone)',
    optional(httpsPort),
  ),
  tlsCert: setting(
    'MAI_TLS_CERT',
    '',
    'certificate of https with its chain, PEM file (unset: made by the server, see /trust)',
    optional((text) => resolve(text)),
  ),
  tlsKey: setting(
    'MAI_TLS_KEY',
    '',
    'its private key, PEM file',
    optional((text) => resolve(text)),
  ),
  projectsDir: setting('MAI_PROJECTS_DIR', './projects', 'folder of the projects', folder),
  device: setting('MAI_DEVICE', 'auto', 'auto, cpu, cuda or cuda:N', device),
  slots: setting('MAI_SLOTS', '', 'jobs at once (unset: one per GPU, one on CPU)', optional(wholeNumber(1, 64))),
  weightsDir: setting(
    'MAI_WEIGHTS_DIR',
    '',
    'folder of pretrained weight files (unset: weights/ of this program)',
    optional(folder),
  ),
  missingWeights: setting(
    'MAI_MISSING_WEIGHTS',
    'substitute',
    'where pretrained weights cannot be had: substitute, random or fail',
    oneOf(MISSING_WEIGHTS),
  ),
  maxUploadBytes: setting('MAI_MAX_UPLOAD_MB', '512', 'largest upload in MB', megabytes(100_000)),
  maxUnpackedBytes: setting('MAI_MAX_UNPACKED_MB', '1000', 'largest project in MB once unpacked', megabytes(1_000_000)),
  maxFiles: setting('MAI_MAX_FILES', '50000', 'most files in a project', wholeNumber(1, 1_000_000)),
  keys: setting(
    'MAI_KEY',
    '',
    'key of 12 or more characters, or name:key,name:key for separate classrooms, or teacher:name:key,pupil:name:key where pupils see their own projects alone; the IDE then connects to http://host:port/w/key; open: no key, on a network too',
    optional(classroomKeys),
  ),
  metricsKey: setting(
    'MAI_METRICS',
    '',
    'key of 12 or more characters with which Prometheus asks for /metrics, as bearer token (unset: off)',
    optional(bearerKey),
  ),
  logLevel: setting('LOG_LEVEL', 'info', LOG_LEVELS.join(', '), oneOf(LOG_LEVELS)),
  python: setting(
    'MAI_PYTHON',
    '',
    'Python that the set-up makes its environment with (unset: the newest from 3.10 to 3.14)',
    environmentPython,
  ),
  hosts: setting(
    'MAI_HOSTS',
    '',
    "names under which the server is asked, beside this computer's own: name,name",
    hostNames,
  ),
  origins: setting(
    'MAI_ORIGINS',
    '',
    'pages that may use the server, beside the published IDE: https://name,http://name:port',
    pageOrigins,
  ),
  trustProxy: setting(
    'MAI_TRUST_PROXY',
    '0',
    'address or network of a reverse proxy, whose X-Forwarded-For is believed: 127.0.0.1,10.1.2.0/24',
    proxyAddresses,
  ),
};

/** Read the environment. An empty value counts as not set. Throws ConfigError with one sentence. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const value = <Value>({ name, fallback, read }: Setting<Value>) => read(environment[name]?.trim() || fallback, name);
  const host = value(SETTINGS.host);
  const port = value(SETTINGS.port);
  const httpsPort = value(SETTINGS.httpsPort) ?? (isLoopbackHost(host) ? 'off' : port === 0 ? 0 : DEFAULT_HTTPS_PORT);
  return Object.freeze({
    host,
    port,
    httpsPort: httpsPort === 'off' ? undefined : httpsPort,
    tlsCert: value(SETTINGS.tlsCert),
    tlsKey: value(SETTINGS.tlsKey),
    projectsDir: value(SETTINGS.projectsDir),
    device: value(SETTINGS.device),
    slots: value(SETTINGS.slots),
    weightsDir: value(SETTINGS.weightsDir),
    missingWeights: value(SETTINGS.missingWeights),
    maxUploadBytes: value(SETTINGS.maxUploadBytes),
    maxUnpackedBytes: value(SETTINGS.maxUnpackedBytes),
    maxFiles: value(SETTINGS.maxFiles),
    keys: value(SETTINGS.keys) ?? [],
    openToAll: environment[SETTINGS.keys.name]?.trim() === OPEN,
    metricsKey: value(SETTINGS.metricsKey),
    logLevel: value(SETTINGS.logLevel),
    python: value(SETTINGS.python),
    pythonDir: join(root, 'python'),
    pageDir: join(root, 'dist', 'page'),
    hosts: value(SETTINGS.hosts),
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

/** Read by the set-up alone, which runs before the server's own code can. */
const SET_UP = {
  name: 'MAI_TORCH',
  fallback: 'auto',
  meaning: 'for the set-up: cpu or cuda build of PyTorch where the GPU cannot be seen',
};

/** The table of `--help`. */
export function helpText(): string {
  const rows = [...Object.values(SETTINGS), SET_UP].map(
    ({ name, fallback, meaning }) => [name, fallback || '–', meaning] as const,
  );
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(
    ([name, fallback, meaning]) => `  ${name.padEnd(width(0))}  ${fallback.padEnd(width(1))}  ${meaning}`,
  );
  return ['KidBright mAI server. Settings come from the environment; all are optional:', '', ...lines, ''].join('\n');
}

function setting<Value>(name: string, fallback: string, meaning: string, read: Read<Value>): Setting<Value> {
  return { name, fallback, meaning, read };
}

/** The set-up makes `.venv` from MAI_PYTHON; where there is no such environment, MAI_PYTHON itself must hold the packages. */
function environmentPython(text: string): string {
  const inEnvironment =
    process.platform === 'win32' ? join(root, '.venv', 'Scripts', 'python.exe') : join(root, '.venv', 'bin', 'python');
  return existsSync(inEnvironment) ? inEnvironment : text || 'python3';
}
