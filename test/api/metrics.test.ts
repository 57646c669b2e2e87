import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createMetrics } from '../../src/admin/metrics.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { type EventStream, openStream } from '../helpers/event-stream.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { jobClient, type JobServer, startJobServer } from '../helpers/job-server.ts';
import { setUp, whenOver } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

const KEY = 'river-candle-tiger';
const FIGURES = 'harbor-lantern-velvet';
const NAME = 'สมหญิง';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text format: `name{label="value",…} number`, and comments. */
function parse(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] =
        /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(`no sample: ${line}`);
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text]);
      return { name, labels: Object.fromEntries(pairs) as Sample['labels'], value: Number(value) };
    });
}

const read = async (base: string, authorization = `Bearer ${FIGURES}`) =>
  fetch(`${base}/metrics`, { headers: { authorization } });

/** The figures, as soon as this address may look again. */
async function figures(base: string): Promise<string> {
  const answer = await until(async () => {
    const one = await read(base);
    if (one.status !== 429) return one;
    await pause(100);
    return undefined;
  });
  return answer.text();
}

describe('/metrics', () => {
  it('is not there unless a setting turns it on', async () => {
    const { app } = await buildTestApp({}, { jobs: idleJobs() });
    assert.equal((await app.inject('/metrics')).statusCode, 404);
  });

  it('needs its own key and no classroom: another key, a classroom, none are refused', async () => {
    const { listen } = await buildTestApp(
      { metricsKey: FIGURES, keys: [{ workspace: '7a', key: KEY }] },
      { jobs: idleJobs() },
    );
    const base = await listen();
    assert.equal((await read(base)).status, 200);
    for (const authorization of ['', FIGURES, `Bearer ${KEY}`, `Bearer ${FIGURES}x`, `bearer  ${FIGURES}`]) {
      const answer = await read(base, authorization);
      assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer'], authorization);
    }
    assert.equal((await fetch(`${base}/w/${KEY}/metrics`)).status, 401, 'a pupil has the key of the classroom');
  });

  it('one address may look ten times a second: nobody can guess the key', async () => {
    const { listen } = await buildTestApp({ metricsKey: FIGURES }, { jobs: idleJobs() });
    const base = await listen();
    const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await read(base, 'Bearer x')).status));
    assert.ok(statuses.includes(429), String(statuses));
  });
});

it('a job has waited for its first turn alone: further turns and attempts are none of a queue', async () => {
  const none = { projectsDir: '.', openJobs: () => [], load: () => ({ slots: 1, freeSlots: 1, waiting: 0 }) };
  const metrics = await createMetrics({ ...none, children: () => 0 });
  const job = { kind: 'train', state: 'waiting', createdAt: 100 };
  metrics.jobStarted(job, 107);
  metrics.jobStarted({ ...job, startedAt: 107 }, 200);
  const of = (name: string) => parse(text).find((sample) => sample.name === name)?.value;
  const text = await metrics.text();
  assert.deepEqual([of('mai_job_wait_seconds_count'), of('mai_job_wait_seconds_sum')], [1, 7]);
});

/** A server after trainings that ended, failed, run and wait, and after requests that are odd: what its figures say. */
async function figuresOf(server: JobServer) {
  const base = `${server.base}/w/${KEY}`;
  const client = jobClient(base);
  const streams = [await openStream(`${base}/listen`), await openStream(`${base}/class/events`)];
  whenOver(() => streams.forEach((stream) => stream.close()));
  await fetch(`${base}/ping`, { headers: { 'x-mai-name': encodeURIComponent(NAME) } });
  await client.train('cats-of-daw', { epochs: 1 });
  const { id: ended } = await client.jobIn('cats-of-daw', 'completed');
  await (await fetch(`${base}/jobs/${ended}/events`)).text();
  await client.train('dogs-of-fah', { script: 'exit_three' });
  await client.jobIn('dogs-of-fah', 'failed');
  await client.train('runs-of-nok', { epochs: 1000, epochMs: 100 });
  await client.jobIn('runs-of-nok', 'active');
  await jobClient(base, '127.0.0.2').train('waits-of-ploy', { epochs: 1, firstAnswer: 'give' });
  await until(async () => /^mai_first_answer_seconds_count 1$/m.test(await figures(server.base)));
  await fetch(`${base}/projects/secret-project/nothing/at/all`);
  await fetch(`${base}/ping`, { method: 'PROPFIND' });
  return { streams, text: await figures(server.base) };
}

describe('the figures', () => {
  const warnings: Error[] = [];
  let server: JobServer;
  let streams: readonly EventStream[];
  let text: string;
  let samples: readonly Sample[];
  setUp(async () => {
    const keep = (warning: Error) => warnings.push(warning);
    process.on('warning', keep);
    whenOver(() => process.off('warning', keep));
    const keys = [{ workspace: 'class-7a', key: KEY }];
    server = await startJobServer({ slots: 1, metricsKey: FIGURES, keys });
    ({ streams, text } = await figuresOf(server));
    samples = parse(text);
  });
  const one = (name: string, labels: Sample['labels'] = {}) =>
    samples.find(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value;

  it('count jobs by kind and state, those that ended and those that are there', () => {
    assert.equal(one('mai_jobs', { kind: 'train', state: 'active' }), 1);
    assert.equal(one('mai_jobs', { kind: 'train', state: 'waiting' }), 1);
    assert.equal(one('mai_jobs', { kind: 'convert', state: 'waiting' }), 0);
    assert.equal(one('mai_jobs_ended_total', { kind: 'train', state: 'completed' }), 1);
    assert.equal(one('mai_jobs_ended_total', { kind: 'train', state: 'failed' }), 1);
  });

  it('say how long the queue is, how long jobs waited and worked, and when the first answer came', () => {
    assert.deepEqual(
      ['mai_queue_length', 'mai_slots', 'mai_slots_free'].map((name) => one(name)),
      [1, 1, 0],
    );
    assert.equal(one('mai_job_wait_seconds_count', { kind: 'train' }), 3);
    assert.equal(one('mai_job_duration_seconds_count', { kind: 'train', state: 'completed' }), 1);
    assert.equal(one('mai_first_answer_seconds_count'), 1);
    assert.ok((one('mai_first_answer_seconds_sum') ?? 99) < 60);
  });

  it('count requests by the pattern of their route, and open event streams', () => {
    const requests = (labels: Sample['labels']) => one('http_request_duration_seconds_count', labels);
    assert.equal(requests({ method: 'POST', route: '/train', status_code: '200' }), 4);
    assert.equal(requests({ route: 'unknown', status_code: '404' }), 1);
    assert.equal(requests({ route: '/jobs/:id/events' }), undefined, 'the hours of a stream are no time of an answer');
    assert.equal(requests({ method: 'other', route: '/ping', status_code: '405' }), 1);
    assert.deepEqual(
      ['/listen', '/class/events'].map((route) => one('mai_event_streams', { route })),
      [1, 1],
    );
  });

  it('show children, memory, disk and the delay of the event loop', () => {
    assert.ok((one('mai_children') ?? 0) >= 1);
    for (const name of ['process_resident_memory_bytes', 'mai_disk_free_bytes', 'mai_disk_size_bytes'])
      assert.ok((one(name) ?? 0) > 1_000_000, name);
    assert.ok(one('nodejs_eventloop_lag_p99_seconds') !== undefined);
  });

  it('hold no project, no pupil, no classroom and no key, and labels have few values', () => {
    for (const secret of ['-of-', 'secret-project', NAME, encodeURIComponent(NAME), 'class-7a', KEY, FIGURES])
      assert.ok(!text.includes(secret), secret);
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    const known = 'method route status_code kind state le space type version major minor patch'.split(' ');
    for (const label of labels) assert.ok(known.includes(label), label);
    const routes = new Set(samples.map((sample) => sample.labels['route'] ?? ''));
    for (const route of routes) assert.match(route, /^(|unknown|(\/[a-z_]*(\/:id)?)+)$/);
  });

  it('leave the log alone: no warning about what waits for the end of a stream', () => {
    assert.deepEqual(warnings, []);
  });

  it('a job that is cancelled while it waits has ended too', async () => {
    await jobClient(`${server.base}/w/${KEY}`, '127.0.0.2').post('/terminate_training', {
      project_id: 'waits-of-ploy',
    });
    const now = parse(await figures(server.base));
    const isIt = ({ name, labels }: Sample) => name === 'mai_jobs_ended_total' && labels['state'] === 'cancelled';
    assert.equal(now.find(isIt)?.value, 1);
  });

  it('a stream that was closed is not counted any more', async () => {
    streams[0]?.close();
    await until(async () => {
      const now = parse(await figures(server.base));
      return now.find(({ name, labels }) => name === 'mai_event_streams' && labels['route'] === '/listen')?.value === 0;
    });
  });

  it('each figure has a name and a unit as Prometheus wants them, with its meaning', () => {
    const described = new Set([...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name));
    for (const { name } of samples.filter((sample) => sample.name.startsWith('mai_'))) {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      assert.ok(described.has(family), name);
      assert.match(name, /^mai_[a-z_]+$/);
    }
  });
});
