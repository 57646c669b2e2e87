import { statfs } from 'node:fs/promises';
import type { Registry } from 'prom-client';

// The figures of the server for Prometheus. In a cluster every web server has those of jobs for all processes, and the
// others for itself (docs/administration.md § Figures for Prometheus). Labels are patterns and kinds alone: no project, no
// classroom and no person is in them, and there are never more than the program has words for.

/** Where the figures that are only read when somebody asks come from. */
export interface MetricSources {
  readonly projectsDir: string;
  /** Jobs that wait or run, by kind and state. */
  openJobs(): readonly { readonly kind: string; readonly state: string }[];
  load(): { readonly slots: number; readonly freeSlots: number; readonly waiting: number };
  /** Python processes that are alive. */
  children(): number;
}

/** A job as far as figures go; times in seconds since the epoch. */
export interface MeasuredJob {
  readonly kind: string;
  readonly state: string;
  readonly createdAt: number;
  /** When its first turn began; undefined before that. */
  readonly startedAt?: number;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  answered(
    request: { readonly method: string; readonly route: string; readonly status: number },
    seconds: number,
  ): void;
  /** An event stream was opened; the result is called when it is closed. */
  streamOpened(route: string): () => void;
  /** A job gets a slot, for its first turn or a further one. */
  jobStarted(job: MeasuredJob, now: number): void;
  jobEnded(job: MeasuredJob, workedS: number | undefined): void;
  /** A training has its quick first model. */
  firstAnswer(afterS: number): void;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']);
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** From a first answer within a second to a training of a night. */
const JOB_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 14400];

type Client = typeof import('prom-client');

/** The package is loaded only where somebody wants figures. */
export async function createMetrics(sources: MetricSources): Promise<Metrics> {
  const client = await import('prom-client');
  const { collectDefaultMetrics, Registry } = client;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registerGauges(client, registers, sources);
  return { contentType: registry.contentType, text: () => registry.metrics(), ...createCounts(client, registers) };
}

/** What is counted when it happens. */
function createCounts(
  { Counter, Gauge, Histogram }: Client,
  registers: Registry[],
): Omit<Metrics, 'contentType' | 'text'> {
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, by pattern of its route; without event streams.',
    labelNames: ['method', 'route', 'status_code'],
    buckets: REQUEST_SECONDS,
    registers,
  });
  const streams = new Gauge({
    name: 'mai_event_streams',
    help: 'Event streams that are open at this process.',
    labelNames: ['route'],
    registers,
  });
  const waits = new Histogram({
    name: 'mai_job_wait_seconds',
    help: 'Time that a job of any process waited for its first turn.',
    labelNames: ['kind'],
    buckets: JOB_SECONDS,
    registers,
  });
  const durations = new Histogram({
    name: 'mai_job_duration_seconds',
    help: 'Time that a job of any process worked, without its waits, by how it ended.',
    labelNames: ['kind', 'state'],
    buckets: JOB_SECONDS,
    registers,
  });
  const ended = new Counter({
    name: 'mai_jobs_ended_total',
    help: 'Jobs of all processes that ended, by how they ended.',
    labelNames: ['kind', 'state'],
    registers,
  });
  const firstAnswers = new Histogram({
    name: 'mai_first_answer_seconds',
    help: 'Time from Train to the quick first model, made by any process.',
    buckets: JOB_SECONDS,
    registers,
  });

  return {
    answered({ method, route, status }, seconds) {
      requests.observe({ method: METHODS.has(method) ? method : 'other', route, status_code: status }, seconds);
    },
    streamOpened(route) {
      streams.inc({ route });
      return () => streams.dec({ route });
    },
    jobStarted({ kind, createdAt, startedAt }, now) {
      if (startedAt === undefined) waits.observe({ kind }, Math.max(0, now - createdAt));
    },
    jobEnded({ kind, state }, workedS) {
      ended.inc({ kind, state });
      if (workedS !== undefined) durations.observe({ kind, state }, Math.max(0, workedS));
    },
    firstAnswer: (afterS) => firstAnswers.observe(Math.max(0, afterS)),
  };
}

/** What is looked up when somebody asks. */
function registerGauges(
  { Gauge }: Client,
  registers: Registry[],
  { projectsDir, openJobs, load, children }: MetricSources,
): void {
  const kinds = ['train', 'convert'];
  const states = ['waiting', 'active'];
  new Gauge({
    name: 'mai_jobs',
    help: 'Jobs that wait or run, of all processes.',
    labelNames: ['kind', 'state'],
    registers,
    collect() {
      for (const kind of kinds) for (const state of states) this.set({ kind, state }, 0);
      for (const { kind, state } of openJobs()) this.inc({ kind, state });
    },
  });
  const gauge = (name: string, help: string, value: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await value());
      },
    });
  gauge('mai_queue_length', 'Jobs in the queue for a slot, of all processes.', () => load().waiting);
  gauge('mai_slots', 'Slots for jobs, of all processes. Trainings of sounds may share one.', () => load().slots);
  gauge('mai_slots_free', 'Slots that no job has, of all processes.', () => load().freeSlots);
  gauge('mai_children', 'Python processes of this process that are alive, those that wait too.', children);
  gauge('mai_disk_free_bytes', 'Free room on the disk of the projects folder.', () => room(projectsDir, 'bavail'));
  gauge('mai_disk_size_bytes', 'Size of the disk of the projects folder.', () => room(projectsDir, 'blocks'));
}

/** NaN where the disk does not say it: 0 would be an alarm. */
async function room(folder: string, what: 'bavail' | 'blocks'): Promise<number> {
  return statfs(folder).then(
    (disk) => disk[what] * disk.bsize,
    () => Number.NaN,
  );
}
