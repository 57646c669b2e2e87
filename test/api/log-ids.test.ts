import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';
import { keptLog, type LogLine } from '../helpers/kept-log.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const logTo = keptLog();
const KEY = 'river-candle-tiger';
const server = await startJobServer(
  { logLevel: 'info', slots: 1, keys: [{ workspace: '7a', key: KEY }] },
  { logTo, tuning: { starting: 'spawn' } },
);
const base = `${server.base}/w/${KEY}`;

async function ask(id: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(base + path, { ...init, headers: { ...init.headers, 'x-request-id': id } });
}

const json = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** What happens to a job, in order. Its request says that it was accepted beside that: a job may start before its answer. */
function stepsOf(ofJob: readonly LogLine[]): unknown[] {
  return ofJob.filter(({ reqId }) => reqId === undefined).map(({ msg }) => msg);
}

describe('one upload, training and conversion in the log', () => {
  let job = '';

  it('each request has its id on every line and in its answer', async () => {
    const form = uploadForm('p1', await makeProjectZip({ id: 'p1' }));
    const upload = { method: 'POST', headers: form.headers, body: new Uint8Array(form.payload) };
    const uploaded = await ask('upload-of-daw', '/upload', upload);
    const trained = await ask('train-of-daw', '/train', json({ project: 'p1', train_config: { epochs: 2 } }));
    job = ((await trained.json()) as { job_id: string }).job_id;
    assert.deepEqual(
      [uploaded, trained].map(({ headers }) => headers.get('x-request-id')),
      ['upload-of-daw', 'train-of-daw'],
    );
    await until(() => logTo.lines().filter(({ msg }) => msg === 'request').length >= 2);
    const ofUpload = logTo.lines().filter(({ reqId }) => reqId === 'upload-of-daw');
    assert.deepEqual(
      ofUpload.map(({ msg, project, workspace, route }) => [msg, project ?? route, workspace]),
      [
        ['project uploaded', 'p1', '7a'],
        ['request', '/upload', '7a'],
      ],
    );
    const ofTrain = logTo.lines().filter(({ reqId }) => reqId === 'train-of-daw');
    assert.deepEqual(
      ofTrain.map(({ msg }) => msg),
      ['job accepted', 'request'],
    );
    assert.equal(ofTrain[0]?.['job'], job);
  });

  it('each step of the job has its id, its project and its classroom', async () => {
    await until(() => logTo.lines().some(({ msg }) => msg === 'job ended'));
    const ofJob = logTo.lines().filter((line) => line['job'] === job);
    assert.deepEqual(stepsOf(ofJob), ['job started', 'child started', 'child ended', 'job ended']);
    assert.equal(ofJob.find(({ msg }) => msg === 'job started')?.['attempt'], 1);
    for (const line of ofJob)
      assert.deepEqual([line['project'], line['workspace'], line['kind']], ['p1', '7a', 'train'], String(line['msg']));
  });

  it('the child is named by its process from its start to its end', () => {
    const [started, ended] = ['child started', 'child ended'].map((what) =>
      logTo.lines().find(({ msg }) => msg === what),
    );
    assert.ok(Number.isInteger(started?.['child']), 'its process id');
    assert.equal(started?.['child'], ended?.['child']);
    assert.deepEqual([ended?.['code'], ended?.['signal'], ended?.['last']], [0, null, 'train_end']);
  });

  it('a conversion is connected with the request that waits for it', async () => {
    const answer = await ask('convert-of-daw', '/convert?project_id=p1');
    assert.equal(((await answer.json()) as LogLine)['result'], 'OK');
    await until(() => logTo.lines().filter(({ msg }) => msg === 'job ended').length === 2);
    const accepted = logTo.lines().find(({ reqId, msg }) => reqId === 'convert-of-daw' && msg === 'job accepted');
    const steps = logTo.lines().filter((line) => line['job'] === accepted?.['job']);
    assert.ok(steps.every(({ kind }) => kind === 'convert'));
    assert.deepEqual(stepsOf(steps), ['job started', 'child started', 'child ended', 'job ended']);
  });
});

it('a photo and a project that are deleted are named with their classroom', async () => {
  const { samples } = (await (await ask('look', '/projects/p1/samples')).json()) as { samples: { id: string }[] };
  await ask('photo-gone', `/projects/p1/samples/${samples[0]?.id}`, { method: 'DELETE' });
  await ask('project-gone', '/projects/p1', { method: 'DELETE' });
  const said = (id: string) => logTo.lines().find(({ reqId, msg }) => reqId === id && msg !== 'request');
  const [photo, project] = ['photo-gone', 'project-gone'].map(said);
  assert.deepEqual(
    [photo?.['msg'], photo?.['project'], photo?.['workspace']],
    ['sample deleted everywhere', 'p1', '7a'],
  );
  assert.deepEqual([project?.['msg'], project?.['project'], project?.['workspace']], ['project deleted', 'p1', '7a']);
});

describe('the id of a request', () => {
  it('is a new one where the caller gives none, or one that could break a line of the log', async () => {
    const ids: string[] = [];
    for (const given of [undefined, '', 'a b', 'x'.repeat(129), '{"a":1}', 'ก', '-x'].map((id) => encode(id))) {
      const headers: Record<string, string> = given === undefined ? {} : { 'x-request-id': given };
      const answer = await fetch(`${base}/ping`, { headers });
      ids.push(answer.headers.get('x-request-id') ?? '');
    }
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('is in every answer, whoever gives it', async () => {
    const missing = [];
    for (const path of ['/ping', '/nothing', '/%zz', '/projects/none', '/listen?project_id=a%2Fb', '/'])
      missing.push((await ask('mine', path)).headers.get('x-request-id'));
    const wrongKey = await fetch(`${server.base}/w/wrong-wrong-wrong/%zz`, { headers: { 'x-request-id': 'mine' } });
    const other = { method: 'PUT', headers: { origin: 'http://evil.example' } };
    assert.deepEqual([...new Set(missing)], ['mine']);
    assert.equal(wrongKey.headers.get('x-request-id'), 'mine');
    assert.equal((await ask('mine', '/ping', other)).headers.get('x-request-id'), 'mine');
  });
});

/** Headers are latin-1. */
function encode(id: string | undefined): string | undefined {
  return id === undefined ? undefined : Buffer.from(id).toString('latin1');
}
