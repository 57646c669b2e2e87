import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

describe('a cancel of a conversion', () => {
  it('leaves nothing of what its process had begun to make', async () => {
    const never = join(server.config.projectsDir, 'never');
    await server.train('begun', { epochs: 1, convertUntil: never });
    await server.jobIn('begun', 'completed');
    const answer = server.get('/convert?project_id=begun');
    await until(() => existsSync(`${never}.waiting`));
    const { id } = await server.jobIn('begun', 'active');
    const folder = join(server.config.projectsDir, 'begun', 'jobs', id);
    assert.ok(readdirSync(folder).includes('.scratch-x'));
    await server.get('/terminate?project_id=begun');
    assert.equal((await answer).body.code, 'cancelled');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.')),
      [],
    );
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
