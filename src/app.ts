import { availableParallelism } from 'node:os';
import type { DestinationStream } from 'pino';
import { KEEP_TIMES, type KeyTimes, SERVER_TIMES } from './time-limits.ts';
import { createMetrics, type Metrics } from './admin/metrics.ts';
import { registerRequestFigures } from './admin/metrics-routes.ts';
import { createReadiness } from './admin/readiness.ts';
import { livingChildren } from './child/living.ts';
import { workspacesOf, type Config } from './config.ts';
import type { Cluster } from './cluster/cluster.ts';
import { createEventBus } from './events/bus.ts';
import { Classrooms } from './classroom/classroom.ts';
import { catalogue } from './messages/sentence.ts';
import type { App } from './http/app-type.ts';
import { createServer, MAX_BODY_BYTES } from './http/create-server.ts';
import { ONE_SERVER } from './http/client-limits.ts';
import { createGate } from './http/gate.ts';
import { registerHttp } from './http/register.ts';
import type { JobService } from './jobs/job-service.ts';
import { createJobService } from './jobs/service.ts';
import { workedS } from './jobs/domain/job.ts';
import { NOT_AVAILABLE } from './jobs/domain/machine-info.ts';
import { TUNING, type JobTuning } from './jobs/tuning.ts';
import { createInferenceWorker, createResidentWorker, type InferenceWorker } from './models/inference/worker.ts';
import { createGuard } from './people/guard.ts';
import { createPeople } from './people/people.ts';
import { registerPeople } from './people/routes.ts';
import { createProjectStore } from './projects/disk-store.ts';
import type { ReportDamage } from './projects/store.ts';
import { createSampleIndex } from './samples/sample-index.ts';
import type { ThumbnailRequest } from './samples/thumbnails.ts';
import { createHttpsListener } from './reach/https-listener.ts';
import { type Parts, registerRoutes } from './app-routes.ts';
import { deleteUnused } from './app-unused.ts';

// Builds the whole server from its settings. Nothing else but server.ts constructs the parts.

/** What a test may put in the place of the real thing. */
export interface Overrides {
  readonly jobs?: JobService;
  readonly tuning?: Partial<JobTuning>;
  readonly worker?: InferenceWorker;
  readonly logTo?: DestinationStream;
  readonly keyTimes?: KeyTimes;
  readonly maxLagMs?: number;
  readonly lagWindowMs?: number;
  readonly stalledMs?: number;
  /** The clock of the days after which projects are deleted, seconds since the epoch, and how often it is looked at. */
  readonly keepTimes?: { readonly now: () => number; readonly lookMs: number };
  /** This process is one of several. */
  readonly cluster?: Cluster | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const MAX_INFERENCE_THREADS = 4;
/** Forty pupils behind one address who open a project each, with six requests of their browser at a time, are 240. */
const MAX_THUMBNAILS_WAITING = 400;
const MAX_THUMBNAILS_WAITING_IN_ALL = 4_000;

/** The one place that constructs things and hands them to the routes. What a crash left undone is finished here. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const environment = overrides.environment ?? process.env;
  const gate = createGate(config);
  const limits = overrides.cluster?.limits ?? ONE_SERVER;
  const app = createServer(config, gate, { ...overrides, limits });
  const metrics = await createFigures(config, () => core.jobs);
  const core: Core = await createCore(app, config, overrides, metrics);
  const { bus, jobs, worker, painter } = core;

  const state = { isRecovered: false, isStopping: false };
  app.addHook('preClose', async () => {
    state.isStopping = true;
    setTimeout(() => app.server.closeAllConnections(), SERVER_TIMES.closeGraceMs).unref();
    await Promise.all([worker.close(), painter.close()]);
  });

  // Last: children that are ended may still have something to say.
  app.addHook('onClose', async () => bus.close());

  const https = createHttpsListener(app, config, { closeGraceMs: SERVER_TIMES.closeGraceMs });
  app.decorate('https', https);
  const guardMethods = await registerHttp(app, {
    gate,
    maxLagMs: overrides.maxLagMs,
    lagWindowMs: overrides.lagWindowMs,
    stalledMs: overrides.stalledMs,
    maxBodyBytes: MAX_BODY_BYTES,
    requests: limits.requests,
    refuse: (client, error) => bus.refuse(client, error),
  });
  const readiness = createReadiness({
    projectsDir: config.projectsDir,
    python: config.python,
    pythonDir: config.pythonDir,
    searchPath: environment['PATH'] ?? '',
    hasChildFailed: () => jobs.machine.backend === NOT_AVAILABLE,
    isRecovered: () => state.isRecovered,
    isStopping: () => state.isStopping,
    redisAnswers: overrides.cluster?.redisAnswers,
  });
  const keepAliveMs = overrides.tuning?.keepAliveMs ?? TUNING.keepAliveMs;
  if (metrics !== undefined) registerFigures(app, metrics, core);
  const views = createViews(app, config, core, overrides.cluster);
  if (config.keepDays !== undefined)
    deleteUnused(app, { ...core, ...views }, overrides.keepTimes?.lookMs ?? KEEP_TIMES.lookMs);
  const { forgetPhotos = async () => undefined } = overrides.cluster ?? {};
  const own = { config, readiness, metrics, keepAliveMs, https, limits, forgetPhotos };
  await registerRoutes(app, { ...own, ...core, ...views });
  await overrides.cluster?.routes?.(app);
  guardMethods();
  // Not before the port is bound: if it is taken, another server may be doing the same work.
  const begin = async () => {
    jobs.start();
    state.isRecovered = true;
  };
  if (config.role === 'worker') app.addHook('onReady', begin);
  else app.addHook('onListen', begin);
  return app;
}

type Core = Pick<Parts, 'store' | 'bus' | 'jobs' | 'worker' | 'painter'>;

/** What keeps projects and runs jobs, with everything in order that a crash left undone. */
async function createCore(app: App, config: Config, overrides: Overrides, metrics: Metrics | undefined): Promise<Core> {
  const environment = overrides.environment ?? process.env;
  const { cluster } = overrides;
  const bus = createEventBus({ catalogue, ...(cluster && { relay: cluster.relay }) });
  const reportDamage = damageReport(app);
  const store = createProjectStore(
    config,
    workspacesOf(config),
    reportDamage,
    overrides.keepTimes?.now,
    cluster?.sharing,
  );
  await store.recover();
  const jobs =
    overrides.jobs ??
    createJobService({
      ...{ config, store, bus, environment, log: app.log, reportDamage },
      tuning: overrides.tuning ?? {},
      backend: cluster?.backend(store),
      observer: metrics && {
        started: metrics.jobStarted,
        ended: (job) => metrics.jobEnded(job, workedS(job)),
      },
    });
  await jobs.recover();
  return { store, bus, jobs, ...createWorkers(config, environment, overrides.worker, app) };
}

/** The figures for Prometheus, where a setting asks for them. */
async function createFigures(
  { metricsKey, projectsDir }: Config,
  jobs: () => JobService,
): Promise<Metrics | undefined> {
  if (metricsKey === undefined) return undefined;
  return createMetrics({
    projectsDir,
    openJobs: () => jobs().open(),
    load: () => jobs().load(),
    children: livingChildren,
  });
}

/** Before the routes: each is counted. */
function registerFigures(app: App, metrics: Metrics, { bus, jobs }: Core): void {
  registerRequestFigures(app, metrics);
  bus.watch(({ workspace, jobId }, events) => {
    const answer = events.find(({ event }) => event === 'instant_model');
    const createdAt = answer && jobs.get(workspace, jobId)?.job.createdAt;
    if (answer !== undefined && createdAt !== undefined) metrics.firstAnswer(answer.time - createdAt);
  });
}

/** What shows projects and jobs to people, and says who may see what. */
function createViews(
  app: App,
  { projectsDir }: Config,
  { store, jobs, bus }: Core,
  cluster: Cluster | undefined,
): Pick<Parts, 'samples' | 'classrooms' | 'people' | 'guard'> {
  const samples = createSampleIndex(store.paths);
  const classrooms = new Classrooms({
    projectsDir,
    store,
    jobs,
    bus,
    samples,
    report: (error) => app.log.error({ err: error }, 'a class could not be read'),
  });
  const guard = createGuard({ store, audienceOf: (ref) => jobs.audienceOf(ref) });
  const people = createPeople({
    store,
    onChange(ref) {
      classrooms.note(ref);
      void guard.recheck(ref);
    },
    report: (error) => app.log.error({ err: error }, 'whose project it is could not be written down'),
    namesHere: cluster?.namesHere,
  });
  registerPeople(app, people);
  return { samples, classrooms, people, guard };
}

function damageReport({ log }: App): ReportDamage {
  return ({ workspace, id }, error, aside) =>
    log.error(
      { err: error, project: id, ...(workspace && { workspace }), aside },
      aside === undefined ? 'something in the projects folder could not be read' : 'a damaged file was set aside',
    );
}

function createWorkers(
  config: Config,
  environment: NonNullable<Overrides['environment']>,
  own: InferenceWorker | undefined,
  { log }: App,
): Pick<Parts, 'worker' | 'painter'> {
  const threads = Math.min(MAX_INFERENCE_THREADS, availableParallelism());
  return {
    worker: own ?? createInferenceWorker({ config, environment, threads, log }),
    painter: createResidentWorker<ThumbnailRequest>({
      config,
      environment,
      program: 'thumbnails.py',
      threads: 1,
      log,
      maxWaiting: MAX_THUMBNAILS_WAITING,
      maxWaitingInAll: MAX_THUMBNAILS_WAITING_IN_ALL,
    }),
  };
}
