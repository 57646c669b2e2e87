import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';

describe('a training and a conversion over HTTP', () => {
  it('goes from upload to a converted model, and tells the IDE what it reads', async () => {
    const server = await startJobServer();
    const page = 'https://kidbright-mai.web.app';
    const stream = await openStream(`${server.base}/listen`, { headers: { origin: page } });
    assert.equal(stream.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(stream.headers['access-control-allow-origin'], page);
    assert.deepEqual((await server.get('/ping')).body.stage, 0);

    const answer = await server.train('cats', { epochs: 2 });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.result, 'OK');
    const end = await stream.waitFor('train_end');
    const expected = [
      'initial',
      'dataset_loading',
      'model_building',
      'train_start',
      'epoch_start',
      'batch_end',
      'epoch_end',
      'epoch_start',
      'batch_end',
      'epoch_end',
      'train_end',
    ];
    assert.deepEqual(stream.names(), expected);
    const jobId = String(answer.body.job_id);
    assert.deepEqual(
      stream.messages.map(({ id }) => id),
      expected.map((_, index) => `${jobId}:${index + 1}`),
    );
    const point = stream.messages.find(({ data }) => data.event === 'epoch_end');
    assert.deepEqual(point?.data.matric, { train_loss: 1, val_acc: 51 });
    assert.ok(stream.messages.every(({ data }) => data.msg.length > 0 && Math.abs(data.time - Date.now() / 1000) < 60));
    assert.match(end.data.msg, /Training is done/);
    assert.equal((await server.get('/ping')).body.stage, 3);

    const converted = await server.get('/convert?project_id=cats');
    assert.deepEqual(converted, { status: 200, body: { result: 'OK' } });
    await stream.waitFor('convert_model_end');
    assert.equal(stream.names().filter((name) => name === 'initial').length, 1);
    assert.equal((await server.get('/ping')).body.stage, 5);
    assert.equal((await server.get('/ping')).body.backend, 'torch 2.0-fixture');
    stream.close();

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
