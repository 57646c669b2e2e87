import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { markedEnvironment, processesWith, READY_PROCESSES } from '../helpers/processes.ts';
import { startServerProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const { mark, environment } = markedEnvironment();
const children = (server: { pid: number }) => processesWith(mark).filter((pid) => pid !== server.pid);
after(() => until(() => processesWith(mark).length === 0, 60_000, 'the end of all processes'));

/** A server that converts `p` until the file `goOn` is there. */
async function startConverting() {
  const projects = await tempDir();
  const server = await startServerProcess(projects, environment);
  const goOn = join(await tempDir(), 'go-on');
  await server.train('p', { epochs: 1, convertUntil: goOn });
  await server.jobIn('p', 'completed');
  void server.get('/convert?project_id=p').catch(() => undefined);
  const { id } = await server.jobIn('p', 'active');
  return { projects, server, goOn, id };
}

/** A server in this process that trains `p` for long. */
async function startWithTraining(projectsDir: string) {
  const server = await startJobServer({ projectsDir }, { environment });
  await server.train('p', { epochs: 1000, epochMs: 20 });
  const { id } = await server.jobIn('p', 'active');
  return { server, id };
}

// A kill while one trains and others wait: kill.test.ts.
describe('kill -9 of the server', () => {
  it('while converting: begins anew, and output is the old model until it is done', async () => {
    const { projects, goOn, id, ...first } = await startConverting();
    let { server } = first;
    const staged = join(projects, 'p', 'jobs', id, 'output');
    mkdirSync(staged, { recursive: true });
    writeFileSync(join(staged, 'model_int8.bin'), 'half');
    await server.end('SIGKILL');
    assert.deepEqual(readdirSync(join(projects, 'p', 'output')).includes('model_int8.bin'), false);
    writeFileSync(goOn, '');

    server = await startServerProcess(projects, environment);
    const joined = await server.get('/convert?project_id=p');
    assert.deepEqual(joined.body, { result: 'OK' });
    assert.equal((await server.jobIn('p', 'completed')).id, id);
    assert.match(readFileSync(join(projects, 'p', 'output', 'model_int8.bin'), 'utf8'), /model_int8.bin of p/);
    assert.ok(!jobLog(projects, 'p', id).some(({ event }) => event === 'initial'));
    await server.end('SIGTERM');
  });

  it('while converting with a Train that waits for its end: both go on, in that order', async () => {
    const { projects, goOn, id, ...first } = await startConverting();
    let { server } = first;
    const training = (await server.train('p', { epochs: 2 })).body.job_id;
    await server.end('SIGKILL');

    server = await startServerProcess(projects, environment);
    assert.equal((await server.get(`/jobs/${String(training)}`)).body.state, 'waiting');
    writeFileSync(goOn, '');
    const trained = await server.jobIn('p', 'completed');
    const converted = (await server.get(`/jobs/${id}`)).body;
    assert.deepEqual([trained.id, converted.state], [training, 'completed']);
    assert.ok(Number(trained.started_at) >= Number(converted.finished_at));
    await server.end('SIGTERM');
  });

  it('between the newer training on disk and the end of the one it replaces: the newer one goes on alone', async () => {
    const projects = await tempDir();
    let server = await startServerProcess(projects, environment);
    await server.train('p', { script: 'fork_workers' });
    const old = await server.jobIn('p', 'active');
    await until(() => children(server).length >= 4, 60_000, 'three workers');
    await server.end('SIGKILL');
    const jobs = join(projects, 'p', 'jobs');
    cpSync(join(jobs, old.id, 'input'), join(jobs, 'zzzzzzzzz-000000', 'input'), { recursive: true });
    writeFileSync(
      join(jobs, 'zzzzzzzzz-000000', 'input', 'project.json'),
      readFileSync(join(jobs, old.id, 'input', 'project.json'), 'utf8').replace('fork_workers', 'train'),
    );
    const {
      process: _process,
      startedAt: _startedAt,
      ...job
    } = JSON.parse(readFileSync(join(jobs, old.id, 'job.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(
      join(jobs, 'zzzzzzzzz-000000', 'job.json'),
      JSON.stringify({ ...job, state: 'waiting', attempt: 0, inputOf: 'zzzzzzzzz-000000' }),
    );

    server = await startServerProcess(projects, environment);
    assert.equal((await server.jobIn('p', 'completed')).id, 'zzzzzzzzz-000000');
    const replaced = (await server.get(`/jobs/${old.id}`)).body;
    assert.deepEqual([replaced.state, replaced.code, replaced.attempt], ['cancelled', 'superseded', 1]);
    await server.end('SIGTERM');
  });

  for (const { starting, ready } of [
    { starting: 'spawn', ready: 0 },
    { starting: 'fork', ready: READY_PROCESSES },
  ] as const) {
    it(`leaves no child that hangs, nor its workers: the next server ends them (${starting})`, async () => {
      const projects = await tempDir();
      let server = await startServerProcess(projects, environment, {}, { starting });
      await server.train('p', { script: 'fork_workers' });
      await until(() => children(server).length >= 4, 60_000, 'three workers');
      await server.end('SIGKILL');
      server = await startServerProcess(projects, environment, {}, { starting });
      // The training itself starts again, with three workers of its own.
      await until(() => children(server).length === 4 + ready, 60_000, 'one child with three workers and nothing else');
      await server.get('/terminate?project_id=p');
      await server.end('SIGTERM');
    });
  }

  it('again and again during one job: it is given up with a sentence, and half a submission is completed', async () => {
    const projects = await tempDir();
    const server = await startJobServer({ projectsDir: projects, slots: 1 }, { environment });
    await server.from('127.0.0.9').train('p', { script: 'silent' });
    const { id } = await server.jobIn('p', 'active');
    await server.train('q', { epochs: 1 });
    const old = await server.jobIn('q', 'waiting');
    await server.app.close();
    const edit = (project: string, job: string, change: object) => {
      const path = join(projects, project, 'jobs', job, 'job.json');
      writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }));
    };
    edit('p', id, { attempt: 10 });
    // The second Train of q was written when the server died, the first not yet cancelled.
    cpSync(join(projects, 'q', 'jobs', old.id), join(projects, 'q', 'jobs', 'zzzzzzzzz-000000'), { recursive: true });
    rmSync(join(projects, 'q', 'jobs', 'zzzzzzzzz-000000', 'events.jsonl'));
    edit('q', 'zzzzzzzzz-000000', { inputOf: 'zzzzzzzzz-000000' });

    const again = await startJobServer({ projectsDir: projects, slots: 1 }, { environment });
    assert.deepEqual((await again.get(`/jobs/${id}`)).body.code, 'too_many_attempts');
    assert.deepEqual((await again.get(`/jobs/${old.id}`)).body.code, 'superseded');
    assert.equal((await again.jobIn('q', 'completed')).id, 'zzzzzzzzz-000000');
    assert.equal(jobLog(projects, 'q', 'zzzzzzzzz-000000').filter(({ event }) => event === 'initial').length, 1);
  });

  it('between the decision and its last event: the event is in the log at the next start, once', async () => {
    const projects = await tempDir();
    const server = await startJobServer({ projectsDir: projects }, { environment });
    await server.train('p', { epochs: 1 });
    const { id } = await server.jobIn('p', 'completed');
    await server.app.close();
    const folder = join(projects, 'p', 'jobs', id);
    const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n');
    const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8')) as object;
    // An earlier version named the field `untold`.
    for (const [kept, field] of [
      [lines.length, 'pendingEvent'],
      [lines.length - 1, 'pendingEvent'],
      [lines.length - 1, 'untold'],
    ] as const) {
      writeFileSync(join(folder, 'events.jsonl'), `${lines.slice(0, kept).join('\n')}\n`);
      writeFileSync(join(folder, 'job.json'), JSON.stringify({ ...job, [field]: { event: 'train_end', model: 'm' } }));
      const again = await startJobServer({ projectsDir: projects }, { environment });
      assert.equal(jobLog(projects, 'p', id).filter(({ event }) => event === 'train_end').length, 1);
      assert.equal((await again.get('/ping')).body.stage, 3);
      await again.app.close();
    }
  });
});

describe('a server killed after a cancel was decided', () => {
  it('announces the cancel at the next start, though the log ends with another notice', async () => {
    const projects = await tempDir();
    const { server, id } = await startWithTraining(projects);
    await server.get('/terminate?project_id=p');
    await server.app.close();
    const folder = join(projects, 'p', 'jobs', id);
    const { seq, ...cancelled } = jobLog(projects, 'p', id).at(-1) ?? assert.fail('no event');
    assert.equal(cancelled['code'], 'cancelled');
    const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n').slice(0, -1);
    writeFileSync(
      join(folder, 'events.jsonl'),
      `${[...lines, JSON.stringify({ seq, time: 1, event: 'notice', code: 'queue_place', place: 1 })].join('\n')}\n`,
    );
    const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8')) as object;
    writeFileSync(join(folder, 'job.json'), JSON.stringify({ ...job, pendingEvent: cancelled }));
    await startJobServer({ projectsDir: projects }, { environment });
    assert.equal(jobLog(projects, 'p', id).at(-1)?.['code'], 'cancelled');
  });
});

describe('a server that has closed', () => {
  it('deletes nothing any more: the next one may be writing there', async () => {
    const projects = await tempDir();
    const { server, id } = await startWithTraining(projects);
    const checkpoints = join(projects, 'p', 'jobs', id, 'checkpoints');
    mkdirSync(checkpoints, { recursive: true });
    for (let n = 0; n < 3000; n += 1) writeFileSync(join(checkpoints, `${n}`), '');
    await server.get('/terminate?project_id=p');
    await server.app.close();
    assert.ok(!existsSync(checkpoints));
  });
});

describe('SIGTERM', () => {
  it('ends streams, conversions that somebody waits for and children in order; the next start goes on', async () => {
    const projects = await tempDir();
    let server = await startServerProcess(projects, environment);
    await server.train('converting', { epochs: 1, convertMs: 60_000 });
    await server.jobIn('converting', 'completed');
    await server.train('training', { epochs: 5, epochMs: 300 });
    const stream = await openStream(`${server.base}/listen?project_id=training`);
    await stream.waitFor('epoch_end');
    const converting = server.get('/convert?project_id=converting');
    await server.jobIn('converting', 'waiting');
    assert.equal(await server.end('SIGTERM'), 0);
    await until(() => stream.ended);
    const answer = await converting;
    assert.deepEqual([answer.status, answer.body.code], [200, 'server_stopping']);
    assert.deepEqual(processesWith(mark), []);

    server = await startServerProcess(projects, environment);
    const done = await server.jobIn('training', 'completed');
    assert.deepEqual(epochsIn(jobLog(projects, 'training', done.id)), [1, 2, 3, 4, 5]);
    await server.jobIn('converting', 'active');
    await server.get('/terminate?project_id=converting');
    await server.end('SIGTERM');
  });
});
