import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { openStream } from '../helpers/event-stream.ts';
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

  it('notifies who listens to the project, and nobody else', async () => {
    await server.from('127.0.0.2').upload('shared');
    const [uploader, follower, bystander, other] = await Promise.all([
      openStream(`${server.base}/listen`, { from: '127.0.0.2', headers: { 'accept-language': 'th' } }),
      openStream(`${server.base}/listen?project_id=shared`, { from: '127.0.0.3' }),
      openStream(`${server.base}/listen`, { from: '127.0.0.3' }),
      openStream(`${server.base}/listen?project_id=another`, { from: '127.0.0.2' }),
    ]);
    assert.equal(await remove('shared'), 200);
    for (const [stream, sentence] of [
      [uploader, /shared ถูกลบ.*กดฝึก/],
      [follower, /shared was deleted.*Press Train/],
    ] as const) {
      const { id, data } = await stream.waitFor('reset');
      assert.deepEqual([id, data.code, data.project], [undefined, 'project_deleted', 'shared']);
      assert.match(data.msg, sentence);
      assert.equal(stream.messages.length, 1);
    }
    for (const from of ['127.0.0.2', '127.0.0.3']) await server.from(from).post('/train', { project: 'nowhere' });
    for (const stream of [bystander, other]) {
      await stream.waitFor('error');
      assert.deepEqual(stream.names(), ['error']);
    }
    for (const stream of [uploader, follower, bystander, other]) stream.close();
  });

  it('tells who asked for a job of the project, and who uploaded it before somebody else did', async () => {
    await server.from('127.0.0.5').upload('shared');
    await server.from('127.0.0.6').upload('shared');
    const streams = await Promise.all(
      ['127.0.0.5', '127.0.0.6', '127.0.0.7'].map((from) => openStream(`${server.base}/listen`, { from })),
    );
    await server.from('127.0.0.7').post('/train', { project: 'shared', train_config: { epochs: 1 } });
    await server.jobIn('shared', 'completed');
    assert.equal(await remove('shared'), 200);
    for (const stream of streams) {
      assert.equal((await stream.waitFor('reset')).data.code, 'project_deleted');
      stream.close();
    }
  });

  it('deletes the files while the jobs of the project still wait for it, so that no Train comes in between', async () => {
    const there: boolean[] = [];
    const { app, config } = await buildTestApp(
      {},
      {
        jobs: idleJobs({
          async forget(_ref, files) {
            const folder = join(config.projectsDir, 'p1');
            there.push(existsSync(folder));
            await files();
            there.push(existsSync(folder));
          },
        }),
      },
    );
    const { payload, headers } = uploadForm('p1', await makeProjectZip());
    await app.inject({ method: 'POST', url: '/upload', headers, payload });
    assert.equal((await app.inject({ method: 'DELETE', url: '/projects/p1' })).statusCode, 200);
    assert.deepEqual(there, [true, false]);
  });
});
