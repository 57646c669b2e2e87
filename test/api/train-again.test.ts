import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { jobLog } from '../helpers/job-log.ts';
import { type JobAnswer, type JobServer, startJobServer } from '../helpers/job-server.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const { mark, environment } = markedEnvironment();
after(() => until(() => processesWith(mark).length === 0, 60_000, 'the end of all processes'));

/** Longer than a test takes; a test that needs its end cancels it or replaces it. */
const LONG = { epochs: 1000, epochMs: 20 };

type FullJob = JobAnswer & { readonly started_at: number; readonly finished_at: number };
const jobOf = async (server: JobServer, id: unknown) =>
  (await server.get(`/jobs/${String(id)}`)).body as unknown as FullJob;
const ended = (server: JobServer, id: unknown) =>
  until(
    async () => {
      const job = await jobOf(server, id);
      return ['completed', 'cancelled', 'failed'].includes(job.state) ? job : undefined;
    },
    60_000,
    `the end of ${String(id)}`,
  );
const modelOf = (server: JobServer, project: string) =>
  readFileSync(join(server.config.projectsDir, project, 'output', 'model.pth'), 'utf8');
const logOf = (server: JobServer, project: string, id: unknown) =>
  jobLog(server.config.projectsDir, project, String(id));

describe('Train again by the same client while the project trains', () => {
  it('ends that training and starts next, at once and never beside it', async () => {
    const server = await startJobServer({ slots: 1 }, { environment });
    const stream = await openStream(`${server.base}/listen`);
    const first = (await server.train('p', { ...LONG, mark: 'first' })).body.job_id;
    await stream.waitFor('epoch_end');
    await server.from('127.0.0.2').train('behind', { epochs: 1 });
    const second = await server.train('p', { epochs: 2, mark: 'second' });
    assert.deepEqual([second.status, second.body.result], [200, 'OK']);
    const [old, anew] = [await ended(server, first), await ended(server, second.body.job_id)];
    assert.deepEqual([old.state, old.code, anew.state], ['cancelled', 'superseded', 'completed']);
    assert.ok(anew.started_at >= old.finished_at, 'one after the other');
    const behind = await server.jobIn('behind', 'completed');
    assert.ok((behind.started_at ?? 0) >= anew.started_at, 'the new one has the place of the old one');
    assert.match(modelOf(server, 'p'), /second/);
    await stream.waitFor('train_end');
    const sent = stream.messages
      .map(({ data }) =>
        data.code === 'superseded' || data.event === 'initial'
          ? `${String(data.code ?? data.event)} ${String(data.job_id)}`
          : '',
      )
      .filter(Boolean);
    assert.deepEqual(sent, [
      `initial ${String(first)}`,
      `superseded ${String(first)}`,
      `initial ${String(second.body.job_id)}`,
    ]);
    stream.close();
  });

  it('is answered before a training that does not want to end is gone, and may be pressed again and again', async () => {
    const server = await startJobServer({ slots: 2 }, { environment });
    const ids: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      ids.push((await server.train('p', n < 3 ? { script: 'ignore_term' } : { epochs: 1, mark: 'last' })).body.job_id);
      if (n === 0) await server.jobIn('p', 'active');
    }
    assert.equal(new Set(ids).size, 4);
    const jobs = await Promise.all(ids.map((id) => ended(server, id)));
    assert.deepEqual(
      jobs.map(({ state }) => state),
      ['cancelled', 'cancelled', 'cancelled', 'completed'],
    );
    for (const [n, job] of jobs.entries())
      if (n > 0 && job.started_at)
        assert.ok(job.started_at >= (jobs[n - 1]?.finished_at ?? Infinity), `job ${n} after the one before`);
    assert.match(modelOf(server, 'p'), /last/);
  });

  it('can be cancelled at once: both end', async () => {
    const server = await startJobServer({ slots: 2 }, { environment });
    const first = (await server.train('p', { script: 'ignore_term' })).body.job_id;
    await server.jobIn('p', 'active');
    const second = (await server.train('p', { script: 'ignore_term' })).body.job_id;
    assert.equal((await server.get('/terminate?project_id=p')).body.result, 'OK');
    const codes = [(await jobOf(server, first)).code, (await jobOf(server, second)).code];
    assert.deepEqual(codes, ['superseded', 'cancelled']);
    assert.equal((await server.get('/ping')).body.stage, 0);
  });

  it('does not reach a project that the refusal is about: a bad setting leaves the training alone', async () => {
    const server = await startJobServer({ slots: 1 }, { environment });
    const { job_id } = (await server.train('p', LONG)).body;
    await server.jobIn('p', 'active');
    assert.equal((await server.post('/train', { project: 'p', train_config: { modelType: 'yolo11n' } })).status, 400);
    assert.equal((await jobOf(server, job_id)).state, 'active');
    await server.get('/terminate?project_id=p');
  });
});

describe('Train while the project is being converted', () => {
  /** A conversion of project p that runs until it is released. */
  const converting = async (server: JobServer) => {
    const go = join(await tempDir(), 'go');
    await server.train('p', { epochs: 1, convertUntil: go, mark: 'before' });
    await server.jobIn('p', 'completed');
    const answer = server.get('/convert?project_id=p');
    return { answer, conversion: await server.jobIn('p', 'active'), release: () => writeFileSync(go, '') };
  };

  it('is accepted and waits for its end, though another slot is free; /convert joins meanwhile', async () => {
    const server = await startJobServer({ slots: 2 }, { environment });
    const { answer, conversion, release } = await converting(server);
    const accepted = await server.train('p', { epochs: 1, mark: 'after' });
    assert.deepEqual([accepted.status, accepted.body.result], [200, 'OK']);
    const waiting = await jobOf(server, accepted.body.job_id);
    assert.deepEqual([waiting.state, waiting.place, (await server.get('/ping')).body.stage], ['waiting', 1, 4]);
    // The slot that is free is for others.
    await server.from('127.0.0.2').train('other', { epochs: 1 });
    await server.jobIn('other', 'completed');
    const joined = server.get('/convert?project_id=p');
    assert.equal((await jobOf(server, accepted.body.job_id)).state, 'waiting');
    release();
    assert.deepEqual([(await answer).body, (await joined).body], [{ result: 'OK' }, { result: 'OK' }]);
    assert.equal((await server.jobs()).filter(({ kind }) => kind === 'convert').length, 1);
    const [converted, trained] = [await ended(server, conversion.id), await ended(server, accepted.body.job_id)];
    assert.deepEqual([converted.state, trained.state], ['completed', 'completed']);
    assert.ok(trained.started_at >= converted.finished_at);
  });

  it('leaves its own model, and its log says once that it waited', async () => {
    const server = await startJobServer({ slots: 2 }, { environment });
    const { release } = await converting(server);
    const accepted = await server.train('p', { epochs: 1, mark: 'after' });
    release();
    await ended(server, accepted.body.job_id);
    assert.match(modelOf(server, 'p'), /after/);
    const log = logOf(server, 'p', accepted.body.job_id);
    assert.deepEqual(
      [log[0]?.event, log[1]?.code, log.filter(({ event }) => event === 'initial').length],
      ['initial', 'waits_for_conversion', 1],
    );
  });

  it('waits for one that itself waits, from any address, and gives way to a newer Train', async () => {
    const server = await startJobServer({ slots: 1 }, { environment });
    await server.train('p', { epochs: 1, mark: 'before' });
    await server.jobIn('p', 'completed');
    await server.from('127.0.0.9').train('busy', LONG);
    await server.from('127.0.0.8').train('before', { epochs: 1 });
    // Its second round: behind what others ask for first.
    const answer = server.get('/convert?project_id=p');
    const conversion = await server.jobIn('p', 'waiting');
    const first = (await server.from('127.0.0.3').train('p', { epochs: 1, mark: 'first' })).body.job_id;
    const second = (await server.from('127.0.0.4').train('p', { epochs: 1, mark: 'second' })).body.job_id;
    assert.deepEqual(
      [(await jobOf(server, first)).code, (await jobOf(server, second)).state],
      ['superseded', 'waiting'],
    );
    const places = [(await jobOf(server, conversion.id)).place, (await jobOf(server, second)).place];
    assert.ok((places[0] ?? Infinity) < (places[1] ?? 0), `${places.join()}`);
    assert.equal((await server.get('/ping')).body.stage, 4);
    await server.get('/terminate?project_id=busy');
    assert.deepEqual((await answer).body, { result: 'OK' });
    const [converted, trained] = [await ended(server, conversion.id), await ended(server, second)];
    assert.deepEqual([converted.state, trained.state], ['completed', 'completed']);
    assert.ok(trained.started_at >= converted.finished_at);
  });

  it('starts when the conversion fails, too', async () => {
    const server = await startJobServer({ slots: 2 }, { environment });
    await server.train('p', { epochs: 1, convertScript: 'silent' });
    await server.jobIn('p', 'completed');
    const answer = server.get('/convert?project_id=p');
    await server.jobIn('p', 'active');
    const { job_id } = (await server.train('p', { epochs: 1 })).body;
    const child = await until(() => processesWith(mark).find((pid) => pid !== process.pid && isBusy(pid)));
    process.kill(child, 'SIGKILL');
    assert.equal((await answer).body.result, 'FAIL');
    assert.equal((await ended(server, job_id)).state, 'completed');
  });

  /** The child that has a job: it has a second thread, which watches its standard input. */
  function isBusy(pid: number): boolean {
    return readdirSync(`/proc/${pid}/task`).length > 1;
  }

  it('is cancelled together with it: nothing starts in between', async () => {
    const server = await startJobServer({ slots: 2 }, { environment });
    const { answer, conversion } = await converting(server);
    const { job_id } = (await server.train('p', { epochs: 1 })).body;
    assert.equal((await server.get('/terminate?project_id=p')).body.result, 'OK');
    const jobs = [await jobOf(server, conversion.id), await jobOf(server, job_id)];
    assert.deepEqual(
      jobs.map(({ state, code, attempt }) => [state, code, attempt]),
      [
        ['cancelled', 'cancelled', 1],
        ['cancelled', 'cancelled', 0],
      ],
    );
    assert.deepEqual([(await answer).body.code, (await server.get('/ping')).body.stage], ['cancelled', 3]);
  });

  it('ends with the project when that is deleted', async () => {
    const server = await startJobServer({ slots: 1 }, { environment });
    const { answer } = await converting(server);
    await server.train('p', { epochs: 1 });
    assert.equal((await fetch(`${server.base}/projects/p`, { method: 'DELETE' })).status, 200);
    assert.equal((await answer).body.result, 'FAIL');
    assert.deepEqual(await server.jobs(), []);
  });
});
