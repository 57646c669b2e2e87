import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  baseAddress,
  bearerKey,
  classroomKeys,
  clusterKey,
  hostNames,
  pageOrigins,
  proxyAddresses,
} from './access-settings.ts';
import {
  device,
  folder,
  hostName,
  httpsPort,
  megabytes,
  oneOf,
  optional,
  redisAddress,
  refuse,
  setting,
  wholeNumber,
} from './setting-values.ts';
import { STORE_SETTINGS } from './store-settings.ts';

// Every setting: its name, what it is without one, what it means, and how its text is read.

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const ROLES = ['all', 'web', 'worker'] as const;
const MISSING_WEIGHTS = ['substitute', 'random', 'fail'] as const;
/** The folder of this program. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export const SETTINGS = {
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
  redis: setting(
    'MAI_REDIS',
    '',
    'redis://host:port of the Redis through which several processes share the projects folder (unset: one process alone; see docs/cluster.md)',
    optional(redisAddress),
  ),
  role: setting(
    'MAI_ROLE',
    'all',
    'with MAI_REDIS: web answers requests, worker runs jobs and has no port, all does both',
    oneOf(ROLES),
  ),
  clusterKey: setting(
    'MAI_CLUSTER_KEY',
    '',
    'key of 20 or more characters that web servers and workers have in common, so that workers get photos by HTTP and need no projects folder (unset: they need it; see docs/cluster.md)',
    optional(clusterKey),
  ),
  clusterAddress: setting(
    'MAI_CLUSTER_ADDRESS',
    '',
    'http://host:port or https://host:port at which such workers reach this web server (unset: http, its own addresses and MAI_PORT)',
    optional(baseAddress),
  ),
  ...STORE_SETTINGS,
  cacheDir: setting('MAI_CACHE_DIR', './cache', 'where such a worker keeps what it has fetched', folder),
  cacheBytes: setting(
    'MAI_CACHE_MB',
    '10000',
    'most MB of it; what was used least recently goes first',
    megabytes(100_000_000),
  ),
  device: setting('MAI_DEVICE', 'auto', 'auto, cpu, cuda or cuda:N', device),
  slots: setting(
    'MAI_SLOTS',
    '',
    'slots, for one job each or up to four trainings of sounds (unset: one per GPU, one on CPU)',
    optional(wholeNumber(1, 64)),
  ),
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
  keepDays: setting(
    'MAI_KEEP_DAYS',
    '',
    'days after which a project that nobody uses is deleted, 8 or more (unset: never)',
    optional(wholeNumber(8, 36_500)),
  ),
  quotaBytes: setting(
    'MAI_QUOTA_MB',
    '',
    'most MB that the projects of one classroom may take on the disk, with their models (unset: no limit)',
    optional(megabytes(100_000_000)),
  ),
  quotaProjects: setting(
    'MAI_QUOTA_PROJECTS',
    '',
    'most projects of one classroom (unset: no limit)',
    optional(wholeNumber(1, 1_000_000)),
  ),
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

/** Read by the set-up alone, which runs before the server's own code can. */
export const SET_UP = [
  {
    name: 'MAI_TORCH',
    fallback: 'auto',
    meaning: 'for the set-up: cpu or cuda build of PyTorch where the GPU cannot be seen',
  },
  {
    name: 'MAI_PYTHON_PLUS',
    fallback: '',
    meaning: 'for npm run setup:plus: the Python 3.10 to make its environment with',
  },
];

/** The set-up makes `.venv` from MAI_PYTHON; where there is no such environment, MAI_PYTHON itself must hold the packages. */
function environmentPython(text: string): string {
  const inEnvironment =
    process.platform === 'win32' ? join(root, '.venv', 'Scripts', 'python.exe') : join(root, '.venv', 'bin', 'python');
  return existsSync(inEnvironment) ? inEnvironment : text || 'python3';
}

/** A process that does a part of the work needs others for the rest. */
export function checkRole(role: string, redis: string | undefined, clusterKey: string | undefined): void {
  if (redis === undefined && clusterKey !== undefined)
    refuse(
      `${SETTINGS.clusterKey.name} is set: that needs ${SETTINGS.redis.name}, by which web servers and workers find each other.`,
    );
  if (redis === undefined && role !== 'all')
    refuse(
      `${SETTINGS.role.name} is "${role}": that needs ${SETTINGS.redis.name}, the Redis through which it shares the work with others.`,
    );
}
