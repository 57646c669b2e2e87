import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';

const server = await startJobServer({ slots: 1 });
const remove = async (id: string) => (await fetch(`${server.base}/projects/${id}`, { method: 'DELETE' })).status;
const jobsOf = async (id: string) => (await server.jobs()).filter((job) => job.project_id === id);

describe('DELETE /projects/:id', () => {
  it('ends a training and leaves nothing of the project', async () => {
    await server.train('gone', { epochs: 1000, epochMs: 20 });
    await server.jobIn('gone', 'active');
    assert.equal(await remove('gone'), 200);
    assert.deepEqual(await jobsOf('gone'), []);
    assert.ok(!existsSync(join(server.config.projectsDir, 'gone')));
    assert.equal((await server.get('/ping')).body.stage, 0);
    assert.equal(await remove('gone'), 404);
  });

  it('deletes the files while the jobs of the project still wait for it, so that no Train comes in between', async () => {
    const there: boolean[] = [];
    const { app, config } = await buildTestApp({}, {
      jobs: idleJobs({
        async forget(_ref, files) {
          const folder = join(config.projectsDir, 'p1');
          there.push(existsSync(folder));
          await files();
          there.push(existsSync(folder));
        },
      }),
    });
    const { payload, headers } = uploadForm('p1', await makeProjectZip());
    await app.inject({ method: 'POST', url: '/upload', headers, payload });
    assert.equal((await app.inject({ method: 'DELETE', url: '/projects/p1' })).statusCode, 200);
    assert.deepEqual(there, [true, false]);
  });
});
