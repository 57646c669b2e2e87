import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { occupy } from '../helpers/occupy.ts';

const server = await startJobServer({ slots: 1 });
const folderOf = (project: string) => join(server.config.projectsDir, project);

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
    const release = await occupy(server, 'training');
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
