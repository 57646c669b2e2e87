import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { openStream } from '../helpers/event-stream.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

const server = await startJobServer({ slots: 1 }, { tuning: { keptJobs: 2, keptModels: 0 } });
const folderOf = (project: string) => join(server.config.projectsDir, project);
const LONG = { epochs: 1000, epochMs: 20 };

/** Something that keeps the one slot busy until it is ended, from a client of its own. */
async function occupy(project = 'busy', client = server.from('127.0.0.9')) {
  await client.train(project, LONG);
  await server.jobIn(project, 'active');
  return async () => assert.equal((await server.get(`/terminate?project_id=${project}`)).body.result, 'OK');
}

describe('a second Train', () => {
  it('of a waiting project takes its place with the newer photos and settings', async () => {
    const release = await occupy();
    const first = await server.train('again', { epochs: 5, mark: 'first' });
    await server.from('127.0.0.2').train('behind', { epochs: 1 });
    const stream = await openStream(`${server.base}/listen?project_id=again`);
    const second = await server.train('again', { epochs: 1, mark: 'second' });
    assert.equal(second.body.result, 'OK');
    const old = (await server.get(`/jobs/${String(first.body.job_id)}`)).body;
    assert.deepEqual([old.state, old.code], ['cancelled', 'superseded']);
    const [now, behind] = [await server.jobIn('again', 'waiting'), await server.jobIn('behind', 'waiting')];
    assert.deepEqual([now.id, now.place, behind.place], [second.body.job_id, 1, 2]);
    await release();
    assert.equal((await server.jobIn('again', 'completed')).id, second.body.job_id);
    await stream.waitFor('train_end');
    assert.deepEqual(
      stream.messages.filter(({ data }) => data.event === 'initial').map(({ data }) => data.job_id),
      [first.body.job_id, second.body.job_id],
    );
    assert.match(readFileSync(join(folderOf('again'), 'output', 'model.pth'), 'utf8'), /second/);
    await server.jobIn('behind', 'completed');
    stream.close();
  });

  it('of a training project by the same client replaces the training and starts next', async () => {
    await server.train('stuck', { ...LONG, script: 'ignore_term', mark: 'old' });
    const old = await server.jobIn('stuck', 'active');
    await server.from('127.0.0.2').train('patient', { epochs: 1 });
    const stream = await openStream(`${server.base}/listen?project_id=stuck`);
    const second = await server.train('stuck', { epochs: 3, epochMs: 50, mark: 'new' });
    assert.deepEqual([second.status, second.body.result], [200, 'OK']);
    const done = await server.jobIn('stuck', 'completed');
    const ended = (await server.get(`/jobs/${old.id}`)).body;
    assert.deepEqual([ended.state, ended.code], ['cancelled', 'superseded']);
    assert.ok(Number(done.started_at) >= Number(ended.finished_at), 'two never run at once');
    assert.equal(done.id, second.body.job_id);
    assert.match(readFileSync(join(folderOf('stuck'), 'output', 'model.pth'), 'utf8'), /new/);
    assert.ok(
      Number((await server.jobIn('patient', 'completed')).started_at) > Number(done.started_at),
      'it keeps its place before the others',
    );
    await stream.waitFor('train_end');
    const told = stream.messages
      .map(({ data }) => (data.event === 'notice' ? data.code : data.event))
      .filter((name) => ['superseded', 'initial', 'epoch_end'].includes(String(name)));
    assert.deepEqual(told.slice(-5), ['superseded', 'initial', 'epoch_end', 'epoch_end', 'epoch_end']);
    stream.close();
  });

  it('of a training project from another address is refused, says where it can be stopped, and changes nothing', async () => {
    const release = await occupy('training', server);
    const other = server.from('127.0.0.2');
    const stream = await openStream(`${server.base}/listen`);
    await other.upload('training');
    const refused = await other.post('/train', { project: 'training', train_config: { epochs: 1 } });
    assert.deepEqual(
      [refused.status, refused.body.result, refused.body.code],
      [409, 'FAIL', 'project_training_elsewhere'],
    );
    assert.match(String(refused.body.reason), /press Train there.*\/terminate\?project_id=training/);
    const job = await server.jobIn('training', 'active');
    assert.deepEqual(readdirSync(join(folderOf('training'), 'jobs')), [job.id]);
    await release();
    stream.close();
  });

  it('of a project whose new model is being put in place waits for that and then trains again', async () => {
    const quick = await startJobServer({ slots: 1 });
    const jobs: unknown[] = [];
    for (let round = 0; round < 8; round += 1)
      jobs.push((await quick.train('again', { epochs: 1, mark: `round ${round}` })).body.job_id);
    const last = await quick.jobIn('again', 'completed');
    assert.equal(last.id, jobs.at(-1));
    const states = (await quick.jobs()).map(({ state, code }) => (state === 'completed' ? state : code));
    assert.deepEqual(
      [states.length, states.filter((state) => state !== 'completed' && state !== 'superseded')],
      [8, []],
    );
  });
});

describe('photos and settings', () => {
  it('of a job are those it was started with, and a conversion uses those of its training', async () => {
    await server.upload('photos', { mark: 'old' }, { labels: ['Old'] });
    await server.post('/train', { project: 'photos', train_config: { epochs: 20, epochMs: 100 } });
    const job = await server.jobIn('photos', 'active');
    await server.upload('photos', { mark: 'new' }, { labels: ['New'] });
    const input = join(folderOf('photos'), 'jobs', job.id, 'input');
    assert.deepEqual(readdirSync(join(input, 'dataset')), ['Old']);
    await server.jobIn('photos', 'completed');
    assert.deepEqual((await server.get('/convert?project_id=photos')).body, { result: 'OK' });
    const output = join(folderOf('photos'), 'output');
    assert.match(readFileSync(join(output, 'model_int8.bin'), 'utf8'), /of old/);
    assert.equal((JSON.parse(readFileSync(join(output, 'origin.json'), 'utf8')) as { jobId: string }).jobId, job.id);
    assert.ok(existsSync(input), 'kept for the next conversion');

    await server.train('photos', { epochs: 1, mark: 'newest' });
    await server.jobIn('photos', 'completed');
    await until(() => !existsSync(input), 60_000, 'the end of photos that nobody needs any more');
  });

  it('of old jobs go, their newest logs stay', async () => {
    for (let round = 0; round < 4; round += 1) {
      await server.train('tidy', { epochs: 1, mark: `round ${round}` });
      await server.jobIn('tidy', 'completed');
    }
    const jobs = join(folderOf('tidy'), 'jobs');
    await until(() => readdirSync(jobs).length === 2, 60_000, 'two jobs');
    const [, newest] = readdirSync(jobs).sort();
    assert.deepEqual(readdirSync(join(jobs, newest ?? '')).sort(), ['events.jsonl', 'input', 'job.json', 'stderr.log']);
    assert.equal((await server.jobs()).filter((job) => job.project_id === 'tidy').length, 2);
  });
});

describe('GET /convert', () => {
  it('answers with status 200 why there is nothing to convert', async () => {
    await server.upload('untrained');
    const untrained = await server.get('/convert?project_id=untrained');
    assert.deepEqual([untrained.status, untrained.body.result, untrained.body.code], [200, 'FAIL', 'model_missing']);
    const unknown = await server.get('/convert?project_id=unknown');
    assert.deepEqual([unknown.status, unknown.body.result, unknown.body.code], [200, 'FAIL', 'project_not_found']);
  });

  it('answers with status 200 also where the server itself is at fault', async () => {
    for (const [fault, code] of [
      [Object.assign(new Error('inside'), { code: 'ENOSPC' }), 'disk_full'],
      [new Error('inside'), 'internal'],
    ] as const) {
      const { app } = await buildTestApp({}, { jobs: idleJobs({ submitConvert: () => Promise.reject(fault) }) });
      const answer = await app.inject('/convert?project_id=p');
      const body: Record<string, unknown> = answer.json();
      assert.deepEqual([answer.statusCode, body.result, body.code], [200, 'FAIL', code]);
      assert.doesNotMatch(answer.body, /inside/);
    }
  });

  it('is refused while the project trains', async () => {
    const release = await occupy('training', server);
    const { status, body } = await server.get('/convert?project_id=training');
    assert.deepEqual([status, body.result, body.code], [200, 'FAIL', 'project_training']);
    await release();
  });

  it('joins a conversion that runs, goes on without its client, and lets Train wait for its end', async () => {
    await server.train('joined', { epochs: 1, convertMs: 2500 });
    await server.jobIn('joined', 'completed');
    const leaving = new AbortController();
    const left = fetch(`${server.base}/convert?project_id=joined`, { signal: leaving.signal }).catch(() => undefined);
    const { id } = await server.jobIn('joined', 'active');
    leaving.abort();
    await left;
    const both = await Promise.all([
      server.get('/convert?project_id=joined'),
      server.post('/convert', { project_id: 'joined' }),
      (async () => {
        await server.jobIn('joined', 'active');
        assert.equal((await server.get('/ping')).body.stage, 4);
        return server.post('/train', { project: 'joined', train_config: { epochs: 1 } });
      })(),
    ]);
    assert.deepEqual(
      both.map(({ body }) => body.result),
      ['OK', 'OK', 'OK'],
    );
    const trained = await server.jobIn('joined', 'completed');
    assert.equal(trained.id, both[2]?.body.job_id);
    const converted = (await server.get(`/jobs/${id}`)).body;
    assert.deepEqual([converted.kind, converted.state], ['convert', 'completed']);
    assert.ok(Number(trained.started_at) >= Number(converted.finished_at));
  });

  it('that failed or was cancelled is FAIL with status 200, and the model before it stays', async () => {
    await server.train('failing', { epochs: 1, convertScript: 'exit_three' });
    await server.jobIn('failing', 'completed');
    const failed = await server.get('/convert?project_id=failing');
    assert.deepEqual([failed.status, failed.body.result, failed.body.code], [200, 'FAIL', 'child_crashed']);
    assert.equal((await server.get('/ping')).body.stage, 3);

    await server.train('stopped', { epochs: 1, convertScript: 'ignore_term' });
    await server.jobIn('stopped', 'completed');
    const converting = server.get('/convert?project_id=stopped');
    await server.jobIn('stopped', 'active');
    assert.equal((await server.post('/terminate_training', { project_id: 'stopped' })).body.result, 'OK');
    assert.deepEqual((await converting).body.code, 'cancelled');
    assert.ok(!existsSync(join(folderOf('stopped'), 'output', 'model_int8.bin')));
  });
});

describe('a Train during a conversion', () => {
  it('waits though slots are free; /convert joins meanwhile, a newer Train takes its place, and cancel ends both', async () => {
    const wide = await startJobServer({ slots: 3 });
    await wide.train('p', { epochs: 1, convertMs: 60_000 });
    await wide.jobIn('p', 'completed');
    const converting = wide.get('/convert?project_id=p');
    const { id } = await wide.jobIn('p', 'active');
    const first = await wide.train('p', { epochs: 1 });
    assert.equal((await wide.jobIn('p', 'waiting')).id, first.body.job_id);
    const second = await wide.train('p', { epochs: 1 });
    assert.equal((await wide.get(`/jobs/${String(first.body.job_id)}`)).body.code, 'superseded');
    const joined = wide.get('/convert?project_id=p');
    assert.equal((await wide.get('/ping')).body.stage, 4);
    await wide.from('127.0.0.2').train('other', { epochs: 1 });
    await wide.jobIn('other', 'completed');
    const waiting = (await wide.get(`/jobs/${String(second.body.job_id)}`)).body;
    assert.deepEqual([waiting.state, (await wide.get(`/jobs/${id}`)).body.state], ['waiting', 'active']);
    assert.equal((await wide.get('/terminate?project_id=p')).body.result, 'OK');
    assert.deepEqual([(await converting).body.code, (await joined).body.code], ['cancelled', 'cancelled']);
    assert.deepEqual(
      (await wide.jobs()).filter(({ state }) => state === 'waiting' || state === 'active'),
      [],
    );
    assert.equal((await wide.get('/ping')).body.stage, 3);
  });
});

describe('a Train of another client during a conversion that waits itself', () => {
  it('does not start before it, nor stands before it in the queue', async () => {
    const single = await startJobServer({ slots: 1 });
    await single.train('p', { epochs: 1 });
    await single.jobIn('p', 'completed');
    await single.from('127.0.0.9').train('busy', LONG);
    await single.jobIn('busy', 'active');
    for (const name of ['x', 'y']) await single.train(name, { epochs: 1 });
    const converting = single.get('/convert?project_id=p');
    const { id } = await single.jobIn('p', 'waiting');
    const { body } = await single.from('127.0.0.2').post('/train', { project: 'p', train_config: { epochs: 1 } });
    const placeOf = async (job: unknown) => Number((await single.get(`/jobs/${String(job)}`)).body.place);
    assert.ok((await placeOf(body.job_id)) > (await placeOf(id)));
    await single.get('/terminate?project_id=busy');
    assert.deepEqual((await converting).body, { result: 'OK' });
    const trained = await single.jobIn('p', 'completed');
    assert.equal(trained.id, body.job_id);
    assert.ok(Number(trained.started_at) >= Number((await single.get(`/jobs/${id}`)).body.finished_at));
  });
});

describe('what cannot be done', () => {
  it('is refused when Train is pressed: settings that are none, networks of another board', async () => {
    await server.upload('settings');
    const stream = await openStream(`${server.base}/listen`);
    const refused = async (train_config: object) => {
      const { status, body } = await server.post('/train', { project: 'settings', train_config });
      return [status, body.code, body.reason];
    };
    assert.deepEqual((await refused({ modelType: {} })).slice(0, 2), [400, 'setting_unknown']);
    assert.deepEqual((await refused({ code: 5 })).slice(0, 2), [400, 'setting_unknown']);
    const [status, code, reason] = await refused({ modelType: 'yolo11n' });
    assert.deepEqual([status, code], [400, 'model_of_other_board']);
    assert.match(String(reason), /slim_yolo_v2/);
    await until(() => stream.messages.length === 3);
    stream.close();
    assert.equal((await server.jobs()).filter((job) => job.project_id === 'settings').length, 0);
    assert.ok(
      !existsSync(join(folderOf('settings'), 'jobs')) || readdirSync(join(folderOf('settings'), 'jobs')).length === 0,
    );
  });

  it('is refused when Train is pressed for a board that no model can be made for, in words for that board', async () => {
    const cases = [
      {
        board: 'kidbright-mai-plus',
        code: 'board_not_yet',
        name: /KidBright mAI Plus/,
        modelType: 'yolo11n',
        type: 'OBJECT_DETECTION',
      },
      { board: 'kidbright-mai-plus', code: 'board_not_yet', name: /KidBright mAI Plus/, modelType: 'resnet18' },
      {
        board: 'kidbright-mai-plus',
        code: 'board_not_yet',
        name: /KidBright mAI Plus/,
        modelType: 'voice-cnn',
        type: 'VOICE_CLASSIFICATION',
        epochs: '0',
      },
      {
        board: 'kidbright-mai-plus',
        code: 'board_not_yet',
        name: /KidBright mAI Plus/,
        code_of_blocks: 'model = Model()',
      },
      { board: 'micro:bit', code: 'board_unknown', name: /micro:bit/, modelType: 'yolo11s' },
      { board: 'constructor', code: 'board_unknown', name: /constructor/, modelType: 'resnet18' },
    ];
    for (const { board, code, name, type, code_of_blocks, ...train_config } of cases) {
      for (const language of ['en', 'th']) {
        const stream = await openStream(`${server.base}/listen`, { headers: { 'accept-language': language } });
        await server.upload('other', {}, { board, ...(type ? { type } : {}) });
        const { status, body } = await server.post('/train', {
          project: 'other',
          train_config: code_of_blocks ? { code: code_of_blocks } : train_config,
        });
        assert.deepEqual([status, body.code], [409, code]);
        const told = (await stream.waitFor('error')).data;
        assert.equal(told.code, code);
        for (const sentence of [body.reason, told.msg]) {
          assert.match(String(sentence), name);
          assert.doesNotMatch(String(sentence), /slim_yolo_v2|yolo11|resnet|kidbright-mai\b/);
        }
        stream.close();
      }
    }
    assert.equal((await server.jobs()).filter((job) => job.project_id === 'other').length, 0);
  });

  it('an old model of a project for another board is not converted, with a sentence that is true', async () => {
    for (const [board, name] of [
      ['kidbright-mai-plus', 'KidBright mAI Plus'],
      ['micro:bit', 'micro:bit'],
    ] as const) {
      await server.upload('older', {}, { board });
      mkdirSync(join(folderOf('older'), 'output'), { recursive: true });
      writeFileSync(join(folderOf('older'), 'output', 'model.pth'), 'trained before');
      const { status, body } = await server.get('/convert?project_id=older');
      assert.deepEqual([status, body.result, body.code], [200, 'FAIL', 'board_cannot_convert']);
      assert.match(String(body.reason), new RegExp(`for the board ${name}, .* kidbright-mai only`));
    }
  });

  it('cancelling: nothing there is fine, an unknown project is not', async () => {
    await server.upload('idle');
    assert.deepEqual(await server.get('/terminate?project_id=idle'), { status: 200, body: { result: 'OK' } });
    assert.equal((await server.get('/terminate?project_id=unknown')).status, 404);
    assert.equal((await server.post('/terminate_training', { project_id: 'unknown' })).status, 404);
    assert.equal((await server.post('/terminate_training', {})).status, 400);
    assert.equal((await server.post('/train', { project: '../x' })).status, 400);
    assert.equal((await server.post('/train', { project: 'idle', train_config: 'x' })).status, 400);
    const deep = `{"project":"idle","train_config":{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
    assert.equal(
      (
        await fetch(`${server.base}/train`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: deep,
        })
      ).status,
      413,
    );
  });

  it('a waiting job is cancelled without ever starting', async () => {
    const release = await occupy();
    await server.train('waiting', { epochs: 1 });
    const stream = await openStream(`${server.base}/listen?project_id=waiting`);
    assert.equal((await server.get('/terminate?project_id=waiting')).body.result, 'OK');
    await until(() => stream.messages.some(({ data }) => data.code === 'cancelled'));
    assert.equal((await server.jobIn('waiting', 'cancelled')).attempt, 0);
    stream.close();
    await release();
  });
});

describe('while the server stops', () => {
  it('cancel does not claim what it cannot do: the job goes on at the next start', async () => {
    const stopping = await startJobServer({ slots: 1 });
    await stopping.train('p', { script: 'ignore_term' });
    const { id } = await stopping.jobIn('p', 'active');
    const path = join(stopping.config.projectsDir, 'p', 'jobs', id);
    await until(() => readFileSync(join(path, 'events.jsonl'), 'utf8').includes('dataset_loading'));
    const closed = stopping.app.close();
    const { status, body } = await stopping.get('/terminate?project_id=p');
    assert.deepEqual([status, body.code], [503, 'server_stopping']);
    await closed;
    assert.equal((JSON.parse(readFileSync(join(path, 'job.json'), 'utf8')) as { state: string }).state, 'waiting');
  });
});
