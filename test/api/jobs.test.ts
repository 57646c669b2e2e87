import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type EventStream, openStream } from '../helpers/event-stream.ts';
import { FIRST_EVENTS } from '../helpers/first-events.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { setUp, whenOver } from '../helpers/set-up.ts';

const EVENTS = [...FIRST_EVENTS, 'epoch_start', 'batch_end', 'epoch_end', 'train_end'];

// One walk from upload to model; each test goes one step of it.
describe('a training and a conversion over HTTP', () => {
  const page = 'https://kidbright-mai.web.app';
  let server: JobServer;
  let stream: EventStream;
  setUp(async () => {
    server = await startJobServer();
    stream = await openStream(`${server.base}/listen`, { headers: { origin: page } });
    whenOver(() => stream.close());
  });
  const stage = async (): Promise<unknown> => (await server.get('/ping')).body.stage;
  let jobId = '';

  it('the stream may be read by the page of the IDE', async () => {
    assert.equal(stream.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(stream.headers['access-control-allow-origin'], page);
    assert.equal(await stage(), 0);
  });

  it('a training is accepted, and its events come in order, numbered', async () => {
    const answer = await server.train('cats', { epochs: 2 });
    assert.deepEqual([answer.status, answer.body.result], [200, 'OK']);
    await stream.waitFor('train_end');
    assert.deepEqual(stream.names(), EVENTS);
    jobId = String(answer.body.job_id);
    assert.deepEqual(
      stream.messages.map(({ id }) => id),
      EVENTS.map((_, index) => `${jobId}:${index + 1}`),
    );
  });

  it('they have what the IDE reads: a sentence, the time, the figures of the chart', async () => {
    const point = stream.messages.find(({ data }) => data.event === 'epoch_end');
    assert.deepEqual(point?.data.matric, { train_loss: 1, val_acc: 51 });
    assert.ok(stream.messages.every(({ data }) => data.msg.length > 0 && Math.abs(data.time - Date.now() / 1000) < 60));
    assert.match(stream.messages.at(-1)?.data.msg ?? '', /Training is done/);
    assert.equal(await stage(), 3);
  });

  it('a conversion is answered when it has ended', async () => {
    const converted = await server.get('/convert?project_id=cats');
    assert.deepEqual(converted, { status: 200, body: { result: 'OK' } });
    await stream.waitFor('convert_model_end');
    assert.equal(stream.names().filter((name) => name === 'initial').length, 1);
    assert.equal(await stage(), 5);
    assert.equal((await server.get('/ping')).body.backend, 'torch 2.0-fixture');
  });

  it('both are on record, and the model is of this training', async () => {
    const output = join(server.config.projectsDir, 'cats', 'output');
    assert.ok(existsSync(join(output, 'model_int8.bin')));
    const origin = JSON.parse(readFileSync(join(output, 'origin.json'), 'utf8')) as { jobId: string };
    assert.equal(origin.jobId, jobId);
    const states = (await server.jobs()).map(({ kind, state }) => [kind, state]);
    assert.deepEqual(states, [
      ['convert', 'completed'],
      ['train', 'completed'],
    ]);
  });
});
