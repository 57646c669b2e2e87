import { type BoardStates, boardStates } from './boards.ts';
import { healthRoutes } from './admin/health-routes.ts';
import type { Metrics } from './admin/metrics.ts';
import { metricsRoutes } from './admin/metrics-routes.ts';
import type { PrivacyFacts } from './admin/privacy.ts';
import { privacyRoutes } from './admin/privacy-routes.ts';
import type { Readiness } from './admin/readiness.ts';
import { type Config, isReachedByOthers } from './config.ts';
import type { Classrooms } from './classroom/classroom.ts';
import { REMOTE_TIMES, STORE_TIMES } from './cluster/times.ts';
import { classRoutes } from './classroom/routes.ts';
import type { EventBus } from './events/event-bus.ts';
import { listenRoutes } from './events/routes.ts';
import { tooManyStreams } from './errors.ts';
import type { App } from './http/app-type.ts';
import type { ClientLimits } from './http/client-limits.ts';
import { MAX_STREAMS_PER_CLIENT } from './http/limits.ts';
import { reasonOf } from './jobs/domain/reasons.ts';
import type { JobService } from './jobs/job-service.ts';
import { jobRoutes } from './jobs/routes.ts';
import { TUNING } from './jobs/tuning.ts';
import { PEOPLE_TIMES } from './time-limits.ts';
import type { InferenceWorker, ResidentWorker } from './models/inference/worker.ts';
import { chooseModel } from './models/choose-model.ts';
import { cardRoutes } from './models/card/routes.ts';
import { earlierRoutes } from './models/earlier-routes.ts';
import { modelRoutes } from './models/routes.ts';
import { trainedProjectRoutes } from './models/trained-project/routes.ts';
import { pageRoutes } from './page/routes.ts';
import type { Guard } from './people/guard.ts';
import type { People } from './people/people.ts';
import { peopleRoutes } from './people/routes.ts';
import type { Project, ProjectRef } from './projects/project.ts';
import { nearParams } from './projects/quota.ts';
import type { ProjectStore } from './projects/store.ts';
import { projectRoutes } from './projects/routes.ts';
import type { SampleIndex } from './samples/sample-index.ts';
import { createSampleViews } from './samples/sample-views.ts';
import { editRoutes } from './samples/edit-routes.ts';
import { eraseRoutes } from './samples/erase-routes.ts';
import { heatRoutes } from './samples/heat-routes.ts';
import { sampleFileRoutes } from './samples/file-routes.ts';
import { sampleRoutes } from './samples/routes.ts';
import { createThumbnails, type ThumbnailRequest } from './samples/thumbnails.ts';
import type { HttpsListener } from './reach/https-listener.ts';
import { reachRoutes } from './reach/routes.ts';

// Hands the parts of the server to the routes that answer with them.

/** What the routes are given. */
export interface Parts {
  readonly config: Config;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics | undefined;
  readonly worker: InferenceWorker;
  readonly painter: ResidentWorker<ThumbnailRequest>;
  /** How often an answer that takes long shows that it is alive. */
  readonly keepAliveMs: number;
  readonly store: ProjectStore;
  readonly jobs: JobService;
  readonly bus: EventBus;
  readonly classrooms: Classrooms;
  readonly samples: SampleIndex;
  readonly https: HttpsListener;
  readonly people: People;
  readonly guard: Guard;
  readonly limits: ClientLimits;
  /** Files with these contents were deleted for good: so are copies outside of the projects. */
  readonly forgetPhotos: (contents: readonly string[]) => Promise<void>;
}

/** Gives every capability its addresses. */
export async function registerRoutes(app: App, parts: Parts): Promise<void> {
  const { config, readiness, metrics, keepAliveMs, store, jobs, bus, worker, classrooms, https, people, guard } = parts;
  const places = (kind: string) => parts.limits.places(kind, MAX_STREAMS_PER_CLIENT, tooManyStreams);
  await app.register(healthRoutes, { readiness });
  await app.register(privacyRoutes, { facts: privacyFacts(config) });
  if (metrics !== undefined && config.metricsKey !== undefined)
    await app.register(metricsRoutes, { metrics, key: config.metricsKey });
  await app.register(pageRoutes, { folder: config.pageDir });
  await app.register(reachRoutes, { https, keys: config.keys, host: config.host });
  await app.register(listenRoutes, {
    bus,
    guard,
    newestJob: (scope) => jobs.newestIn(scope),
    places: places('listen'),
  });
  await app.register(projectRoutes, {
    store,
    guard,
    maxUploadBytes: config.maxUploadBytes,
    stageOf: (ref: ProjectRef) => jobs.stageOf(ref),
    async onUpload(person, ref) {
      jobs.noteUpload(person, ref);
      await people.uploaded(person, ref);
      void guard.recheck(ref);
      classrooms.note(ref);
      await noticeRoom({ store, bus, jobs }, ref);
    },
    remove: (project) => removeProject({ store, jobs, bus, classrooms }, project),
  });
  await app.register(peopleRoutes, { guard, people });
  await app.register(jobRoutes, {
    ...{ jobs, store, guard, people, bus, keepAliveMs, boards: boardsIn(config) },
    places: places('job'),
  });
  await app.register(modelRoutes, { store, worker, trainingOf: (ref: ProjectRef) => jobs.trainingOf(ref) });
  await app.register(trainedProjectRoutes, { store, guard });
  await app.register(classRoutes, { classrooms, places: places('class') });
  await app.register(earlierRoutes, { store, guard, jobs });
  await app.register(cardRoutes, { store, guard });
  await registerSampleRoutes(app, parts);
}

/** The addresses of photos and clips. */
async function registerSampleRoutes(
  app: App,
  { store, jobs, worker, classrooms, samples, painter, guard, forgetPhotos }: Parts,
): Promise<void> {
  const views = createSampleViews({
    index: samples,
    paths: store.paths,
    editsOf: store.edits,
    createdAtOf: (ref, jobId) => jobs.get(ref.workspace, jobId)?.job.createdAt,
  });
  await app.register(sampleRoutes, { guard, views });
  await app.register(heatRoutes, {
    store,
    guard,
    index: samples,
    look: async ({ ref }, file, from) => {
      const model = await chooseModel(store.paths(ref), jobs.trainingOf(ref));
      return worker.ask({ model, file, type: 'classification', board: false, heat: true }, from);
    },
  });
  await app.register(eraseRoutes, {
    guard,
    index: samples,
    async erase(project, file) {
      const erased = await jobs.whileIdle(project.ref, (trainings) => store.erase(project, file, trainings));
      classrooms.note(project.ref);
      if (erased === undefined) return undefined;
      const { contents, ...answer } = erased;
      await forgetPhotos(contents);
      return answer;
    },
  });
  await app.register(editRoutes, { store, guard, index: samples });
  await app.register(sampleFileRoutes, { store, guard, index: samples, thumbnails: createThumbnails(painter) });
}

/** Looked up at each question: a set-up needs no restart. */
function boardsIn({ compilersDir }: Config): () => [...BoardStates] {
  return () => [...boardStates(compilersDir)];
}

interface ProjectHolders {
  readonly store: Pick<ProjectStore, 'remove'>;
  readonly jobs: Pick<JobService, 'audienceOf' | 'forget'>;
  readonly bus: Pick<EventBus, 'notifyProject'>;
  readonly classrooms: Pick<Classrooms, 'note'>;
}

/** End the jobs of a project, delete it, and notify whoever followed it. */
async function removeProject({ store, jobs, bus, classrooms }: ProjectHolders, { ref, uploadedBy }: Project) {
  const addresses = new Set([uploadedBy, ...jobs.audienceOf(ref)]);
  await jobs.forget(ref, () => store.remove(ref));
  bus.notifyProject(
    { workspace: ref.workspace, projectId: ref.id, addresses },
    { event: 'reset', code: 'project_deleted', project: ref.id },
  );
  classrooms.note(ref);
}

/** Whoever sees what became of the upload reads there too that the class has little room left. */
async function noticeRoom({ store, bus, jobs }: Pick<Parts, 'store' | 'bus' | 'jobs'>, ref: ProjectRef): Promise<void> {
  const quota = await store.quota(ref.workspace);
  const near = quota && nearParams(quota);
  if (near === undefined) return;
  bus.notifyProject(
    { workspace: ref.workspace, projectId: ref.id, addresses: jobs.audienceOf(ref) },
    { event: 'notice', ...reasonOf('quota_near', near) },
  );
}

function privacyFacts(config: Config): PrivacyFacts {
  const hasRoles = config.keys.some(({ role }) => role !== undefined);
  return {
    isReachedByOthers: isReachedByOthers(config),
    hasHttps: config.httpsPort !== undefined || config.trustProxy.length > 0,
    access: hasRoles ? 'roles' : config.keys.length > 0 ? 'key' : 'open',
    keepDays: config.keepDays,
    keptModels: TUNING.keptModels,
    keptJobs: TUNING.keptJobs,
    namesForgottenMs: PEOPLE_TIMES.rememberedMs,
    namesOutliveRestart: config.redis !== undefined,
    hasFigures: config.metricsKey !== undefined,
    sharesFolder: config.redis !== undefined,
    copiesKeptMs: config.clusterKey === undefined ? undefined : REMOTE_TIMES.cachedMs,
    store: config.s3 && { bucket: config.s3.bucket, keptMs: STORE_TIMES.storedMs },
  };
}
