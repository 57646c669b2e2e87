import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { CLUSTER_TIMES } from './cluster/times.ts';
import { SERVER_TIMES } from './time-limits.ts';
import { buildApp } from './app.ts';
import { finishRestore } from './backup/place.ts';
import type { Cluster } from './cluster/cluster.ts';
import { helpText, loadConfig, needsKey, type Config } from './config.ts';
import { ConfigError, WrongSetting } from './errors.ts';
import { keepThreadsAwake } from './files/keep-threads-awake.ts';
import { greeting } from './greeting.ts';
import type { App } from './http/app-type.ts';
import { type OwnKey, readOrMakeKey } from './http/own-key.ts';
import { lockFolder, type FolderLock } from './projects/lock.ts';
import { isStopping, type Stoppable, stopInOrder } from './stop.ts';
import { isNoOwnAddress, isPortTaken, isUnwritable } from './system-errors.ts';

/** EX_CONFIG of sysexits.h: starting again with the same settings is of no use (deploy/kidbright-mai.service). */
const EXIT_SETTINGS = 78;

/** The process: settings, lock, listen, and the order in which it ends. */
export async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(helpText());
    return;
  }
  const settings = settingsOrExit(argv);
  keepThreadsAwake();
  try {
    await serve(settings);
  } catch (error) {
    // a signal came during the start, and its exit is on the way
    if (isStopping()) return;
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exit(error instanceof WrongSetting ? EXIT_SETTINGS : 1);
  }
}

function settingsOrExit(argv: readonly string[]): Config {
  try {
    if (argv.length > 0)
      throw new ConfigError(`"${argv[0]}" is not known: settings come from the environment, --help shows them.`);
    return loadConfig(process.env);
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return process.exit(EXIT_SETTINGS);
  }
}

async function serve(settings: Config): Promise<void> {
  let lock: FolderLock | undefined;
  // before the lock, which a signal would else leave behind
  const willStop = stopInOrder({ limitMs: SERVER_TIMES.stopLimitMs, onExit: () => lock?.release() });
  if (settings.role === 'worker' && settings.clusterKey !== undefined)
    return serveHost(settings, willStop, (release) => (lock = { isHeld: () => true, release }));
  const cluster = await clusterOf(settings);
  lock = cluster?.lock ?? (await lockFolder(settings.projectsDir, endAtOnce));
  if (cluster?.lock.isFirst !== false) await finishRestore(settings.projectsDir);
  const ownKey = needsKey(settings) ? await keyOf(settings, cluster) : undefined;
  const config = ownKey === undefined ? settings : { ...settings, keys: [{ workspace: '', key: ownKey.key }] };
  const app = await buildApp(config, { cluster });
  willStop(app);
  if (config.role === 'worker') {
    await app.ready();
    process.stdout.write('KidBright mAI worker: it takes jobs from the queue, and has no port.\n');
    return;
  }
  await app.listen({ host: config.host, port: config.port });
  await app.https.start();
  process.stdout.write(`${greeting(config, portOf(app), app.https, undefined, ownKey).join('\n')}\n`);
}

/** A worker that has no projects folder. */
async function serveHost(
  config: Config,
  willStop: (host: Stoppable) => void,
  onLocked: (release: () => void) => void,
): Promise<void> {
  const { redis, clusterKey: key } = config;
  if (redis === undefined || key === undefined) return;
  const log = pino({ level: config.logLevel, base: null }, pino.destination(2));
  const { startHost } = await import('./cluster/remote/host.ts');
  const host = await startHost({ config, redis, key, environment: process.env, log, onLost: endAtOnce });
  onLocked(() => host.release());
  willStop({ log, close: () => host.close() });
  process.stdout.write('KidBright mAI worker: it gets photos from web servers by HTTP, and has no port.\n');
}

/** The packages for it are loaded only where it is wanted. */
async function clusterOf(config: Config): Promise<Cluster | undefined> {
  const { redis } = config;
  if (redis === undefined) return undefined;
  const { joinCluster } = await import('./cluster/cluster.ts');
  return joinCluster({ config, redis, onLost: endAtOnce, report: clusterReport(config) });
}

/** Redis comes and goes with many words: one line for each kind of them in a while. */
function clusterReport({ logLevel }: Config): (error: unknown) => void {
  const log = pino({ level: logLevel }, pino.destination(2));
  const said = new Map<string, number>();
  return (error) => {
    const message = error instanceof Error ? error.message : String(error);
    if (performance.now() - (said.get(message) ?? -Infinity) < CLUSTER_TIMES.saidAgainMs) return;
    said.set(message, performance.now());
    log.warn({ err: error }, 'the cluster');
  };
}

/** Of two processes that start at once, one makes the key and the other finds it. */
async function keyOf({ projectsDir }: Config, cluster: Cluster | undefined): Promise<OwnKey> {
  const make = () => readOrMakeKey(projectsDir);
  return cluster ? cluster.alone(make) : make();
}

/** Another server writes there now: this one must not, not even to close in order. */
function endAtOnce(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

function portOf(app: App): number {
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What stops a start is a setting, a port or a folder: one sentence, no stack. */
function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const detail = error instanceof Error ? error.message : String(error);
  if (isPortTaken(error))
    return 'The port is taken by another program: choose another one with MAI_PORT (0 takes any free one).';
  if (isNoOwnAddress(error)) return 'This computer has no such address: set MAI_HOST to 127.0.0.1 or 0.0.0.0.';
  if (isUnwritable(error))
    return `The server may not use what it was given (${detail}): check MAI_PROJECTS_DIR and MAI_PORT.`;
  return `The server could not start: ${detail}`;
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
