import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import type { InferenceWorker } from '../../src/models/inference/worker.ts';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { multipart } from '../helpers/multipart.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { occupySlot, waitsWithAnswer as waitingWithAnswer } from '../helpers/waiting-training.ts';

// /convert while the training waits or runs: the quick first model, and the trained one when it is done.

const scratch = await tempDir();
/** The folders of the models that photos were answered by. */
const models: string[] = [];
const worker: InferenceWorker = {
  async ask({ model: folder }) {
    models.push(folder);
    return { prediction: 'Cat', prob: 1, probs: { Cat: 1 } };
  },
  close: async () => undefined,
};
const server = await startJobServer({ slots: 1 }, { worker });
const LONG = { epochs: 1000, epochMs: 20 };
const pupil = server.from('127.0.0.2');
const output = (project: string, name: string) => join(server.config.projectsDir, project, 'output', name);
const model = (project: string) => readFileSync(output(project, 'model.pth'), 'utf8');
const gate = (name: string) => ({ path: join(scratch, name), open: () => writeFileSync(join(scratch, name), '') });

const occupy = () => occupySlot(server);
const waitsWithAnswer = (project: string, config: object) => waitingWithAnswer(server, project, config);

const convert = (project: string) => server.get(`/convert?project_id=${project}`);
const trainings = async (project: string) =>
  (await server.jobs()).filter(({ project_id, kind }) => project_id === project && kind === 'train');

const conversionRuns = () =>
  until(
    async () => (await server.jobs()).some(({ kind, state }) => kind === 'convert' && state === 'active') || undefined,
    20_000,
    'the conversion',
  );

const trained = (project: string) =>
  until(
    async () => (await trainings(project)).find(({ state }) => state === 'completed'),
    20_000,
    `the training of ${project}`,
  );

describe('the model so far', () => {
  it('is converted while the training waits, and replaced when that is done: both files of one run', async () => {
    const release = await occupy();
    await waitsWithAnswer('early', { mark: 'trained' });
    assert.equal((await convert('early')).body['result'], 'OK');
    assert.match(model('early'), /^instant model of early/);
    assert.ok(existsSync(output('early', 'model_int8.bin')));
    assert.deepEqual(
      [(await trainings('early')).map(({ state }) => state), (await pupil.get('/ping')).body['stage']],
      [['waiting'], 1],
      'the training waits on',
    );
    await release();
    const done = await trained('early');
    assert.match(model('early'), /trained/);
    const origin = JSON.parse(readFileSync(output('early', 'origin.json'), 'utf8')) as Record<string, unknown>;
    const hasBoardModel = existsSync(output('early', 'model_int8.bin'));
    assert.deepEqual([origin['jobId'], origin['convertedBy'], hasBoardModel], [done.id, done.id, true]);
  });

  it('is of the board and the kind of its training, whatever was uploaded since', async () => {
    const release = await occupy();
    await waitsWithAnswer('renewed', { epochs: 1 });
    await pupil.upload('renewed', {}, { type: 'OBJECT_DETECTION', board: 'kidbright-mai-plus' });
    assert.equal((await convert('renewed')).body['result'], 'OK');
    const { id } = (await server.jobs()).find(({ kind }) => kind === 'convert') ?? assert.fail('no conversion');
    const file = join(server.config.projectsDir, 'renewed', 'jobs', id, 'job.json');
    const { board, projectType } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    assert.deepEqual([board, projectType], ['kidbright-mai', 'IMAGE_CLASSIFICATION']);
    await release();
    await trained('renewed');
  });

  it('is not converted where there is none yet', async () => {
    const release = await occupy();
    await pupil.train('none', { epochs: 1 });
    assert.deepEqual((await convert('none')).body['code'], 'project_training');
    await release();
    await server.jobIn('none', 'completed');
  });

  it('does not make a training convert that nobody asked to', async () => {
    const release = await occupy();
    await waitsWithAnswer('plain', {});
    await release();
    await trained('plain');
    assert.ok(!existsSync(output('plain', 'model_int8.bin')));
  });

  it('never takes the place of the trained one: the training waits for its end', async () => {
    const release = await occupy();
    const stop = gate('convert');
    await waitsWithAnswer('late', { mark: 'late trained', convertUntil: stop.path });
    const converted = convert('late');
    await conversionRuns();
    await release();
    const stream = await openStream(`${server.base}/listen?project_id=late`);
    await until(async () => (await trainings('late'))[0]?.epoch === 2 || undefined, 60_000, 'the last epoch');
    assert.equal((await trainings('late'))[0]?.state, 'active', 'its model is not in place');
    stop.open();
    assert.equal((await converted).body['result'], 'OK');
    await stream.waitFor('train_end');
    assert.match(model('late'), /late trained/);
    assert.ok(existsSync(output('late', 'model_int8.bin')));
    stream.close();
  });

  it('and the training end together when the pupil cancels', async () => {
    const release = await occupy();
    await waitsWithAnswer('gone', { convertUntil: gate('never').path });
    const converted = convert('gone');
    await conversionRuns();
    assert.equal((await server.get('/terminate?project_id=gone')).body['result'], 'OK');
    assert.equal((await converted).body['result'], 'FAIL');
    assert.ok(
      (await server.jobs())
        .filter(({ project_id }) => project_id === 'gone')
        .every(({ state }) => state === 'cancelled'),
    );
    assert.ok(!existsSync(output('gone', 'model.pth')));
    await release();
  });

  it('is kept where the trained one cannot be converted, and that is said', async () => {
    const release = await occupy();
    await waitsWithAnswer('half', { mark: 'half trained', convertScript: 'error_if_trained' });
    assert.equal((await convert('half')).body['result'], 'OK');
    const stream = await openStream(`${server.base}/listen?project_id=half`);
    await release();
    await stream.waitFor('train_end');
    assert.match(model('half'), /half trained/);
    assert.ok(!existsSync(output('half', 'model_int8.bin')), 'no files of two runs');
    const codes = stream.messages.map(({ data }) => data['code']).filter(Boolean);
    assert.deepEqual(codes.slice(-2), ['converting_again', 'not_converted_again']);
    stream.close();
  });
});

/** The conversion of the model so far of a project that waits goes on until the gate opens. */
async function convertsSoFar(project: string, stop: ReturnType<typeof gate>, config: object = {}) {
  await waitsWithAnswer(project, { convertUntil: stop.path, ...config });
  const converted = convert(project);
  await until(
    async () =>
      (await server.jobs()).some(
        (job) => job.project_id === project && job.kind === 'convert' && job.state === 'active',
      ) || undefined,
    20_000,
    `the conversion of ${project}`,
  );
  return async () => {
    stop.open();
    assert.equal((await converted).body['result'], 'OK');
  };
}

/** What a reader is shown who opens a stream now. */
async function shownNow(project: string) {
  const stream = await openStream(`${server.base}/listen?project_id=${project}`);
  await stream.waitFor('epoch_end', 20_000);
  stream.close();
  return stream.names();
}

describe('while the model so far is converted', () => {
  it('a reload shows the training with its curve, and so it does afterwards', async () => {
    const release = await occupy();
    const finish = await convertsSoFar('seen', gate('seen'), LONG);
    await release();
    assert.equal((await shownNow('seen'))[0], 'initial');
    await finish();
    assert.equal((await shownNow('seen'))[0], 'initial');
    await server.get('/terminate?project_id=seen');
  });

  it('and its training fails afterwards, a reload shows why', async () => {
    const release = await occupy();
    const finish = await convertsSoFar('why', gate('why'), { script: 'exit_three' });
    await finish();
    await release();
    await until(async () => (await trainings('why'))[0]?.state === 'failed', 60_000, 'the failure');
    const stream = await openStream(`${server.base}/listen?project_id=why`);
    assert.equal((await stream.waitFor('notice', 20_000)).data['code'], 'child_crashed');
    stream.close();
  });

  it('the quick first model answers photos on', async () => {
    const release = await occupy();
    const finish = await convertsSoFar('asked', gate('asked'));
    const form = multipart([
      ['project_id', 'asked'],
      ['image', { content: Buffer.from('ffd8ffe000104a464946', 'hex') }],
    ]);
    const answer = await server.app.inject({ method: 'POST', url: '/inference_image', ...form });
    assert.equal(answer.json<{ result: string }>().result, 'OK');
    assert.equal(basename(models.at(-1) ?? ''), 'instant');
    await finish();
    await release();
    await trained('asked');
  });

  it('the stage is that of the training, and of a conversion once the training has ended', async () => {
    const release = await occupy();
    const finish = await convertsSoFar('failing', gate('failing'), { script: 'exit_three' });
    assert.equal((await pupil.get('/ping')).body['stage'], 1);
    await release();
    await until(async () => (await trainings('failing'))[0]?.state === 'failed' || undefined, 60_000, 'the failure');
    assert.equal((await pupil.get('/ping')).body['stage'], 4);
    await finish();
    assert.equal((await pupil.get('/ping')).body['stage'], 5);
  });

  it('a training that waits for its end can be replaced and cancelled', async () => {
    const release = await occupy();
    const stop = gate('replaced');
    await convertsSoFar('replaced', stop);
    await release();
    await until(async () => (await trainings('replaced'))[0]?.epoch === 2 || undefined, 60_000, 'the last epoch');
    await pupil.train('replaced', { epochs: 1 });
    assert.equal((await server.get('/terminate?project_id=replaced')).body['result'], 'OK');
    assert.ok((await server.jobs()).every(({ state }) => state !== 'waiting' && state !== 'active'));
  });
});
