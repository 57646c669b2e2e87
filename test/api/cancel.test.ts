import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { occupy } from '../helpers/occupy.ts';
import { until } from '../helpers/until.ts';

const server = await startJobServer({ slots: 1 });

describe('a cancel', () => {
  it('of nothing is fine, of an unknown project it is not', async () => {
    await server.upload('idle');
    assert.deepEqual(await server.get('/terminate?project_id=idle'), { status: 200, body: { result: 'OK' } });
    assert.equal((await server.get('/terminate?project_id=unknown')).status, 404);
    assert.equal((await server.post('/terminate_training', { project_id: 'unknown' })).status, 404);
    assert.equal((await server.post('/terminate_training', {})).status, 400);
  });

  it('of a waiting job ends it before it ever starts', async () => {
    const release = await occupy(server.from('127.0.0.9'), 'busy');
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
  it('a cancel does not claim what it cannot do: the job goes on at the next start', async () => {
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
