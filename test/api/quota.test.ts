import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { jobClient, type JobServer, startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

const photo = (bytes: number) => ({ 'dataset/Cat/1.jpg': 'x'.repeat(bytes), 'dataset/Dog/1.jpg': 'y' });
const zip = (bytes: number) => ({ labels: ['Cat', 'Dog'], members: photo(bytes) });

async function bytesIn(server: JobServer): Promise<number> {
  return ((await server.get('/class')).body as { server: { quota: { bytes: number } } }).server.quota.bytes;
}

describe('the room of a classroom in bytes', () => {
  it('an upload for which there is no room is refused in words, and the project stays as it was', async () => {
    const server = await startJobServer({ quotaBytes: 1_000_000 });
    assert.equal((await server.upload('a', {}, zip(700_000))).status, 200);
    const refused = await server.upload('b', {}, zip(700_000));
    assert.deepEqual([refused.status, refused.body['code']], [507, 'quota_bytes']);
    assert.match(
      String(refused.body['reason']),
      /no room left for 1 MB more: its projects take 1 of 1 MB\. Nothing was changed/,
    );
    const grown = await server.upload('a', {}, zip(1_100_000));
    assert.equal(grown.status, 507);
    const { size } = await stat(`${server.config.projectsDir}/a/dataset/Cat/1.jpg`);
    assert.equal(size, 700_000);
  });

  it('a project may be sent again in the room that it has', async () => {
    const server = await startJobServer({ quotaBytes: 1_000_000 });
    await server.upload('a', {}, zip(300_000));
    await server.upload('a', {}, zip(900_000));
    assert.equal((await server.upload('a', {}, zip(900_000))).status, 200, 'what it replaces is free again');
    assert.equal((await server.upload('b', {}, zip(200_000))).status, 507, 'it is measured as it is now');
    assert.equal((await fetch(`${server.base}/projects/a`, { method: 'DELETE' })).status, 200);
    assert.equal((await server.upload('b', {}, zip(900_000))).status, 200, 'deleting makes room');
  });

  it('of two uploads at once for which there is room once, one is taken', async () => {
    const server = await startJobServer({ quotaBytes: 1_000_000 });
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => server.upload(id, {}, zip(600_000))));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 507, 507, 507]);
    const { projects } = (await server.get('/projects')).body as { projects: object[] };
    assert.equal(projects.length, 1);
  });

  it('no training begins where there is no room for its model; what is there can still be used', async () => {
    const server = await startJobServer({ quotaBytes: 1_000_000 });
    await server.train('a', { epochs: 1 }, zip(700_000));
    await server.jobIn('a', 'completed');
    await server.post('/train', { project: 'a', train_config: { epochs: 1000, epochMs: 20 } });
    await server.jobIn('a', 'active');
    // Before its end: that is when the project is measured again.
    await writeFile(`${server.config.projectsDir}/a/checkpoint`, Buffer.alloc(1_500_000));
    await server.get('/terminate?project_id=a');
    await until(
      async () => (await server.get('/ping')).body['notice'] !== undefined,
      60_000,
      'what the cancelled training left',
    );
    const refused = await server.post('/train', { project: 'a', train_config: { epochs: 1 } });
    assert.deepEqual([refused.status, refused.body['code']], [507, 'quota_bytes']);
    assert.equal((await fetch(`${server.base}/projects/a/output/model.pth`)).status, 200);
  });

  it('counts the photos of a training once, as they are links to those of the upload', async () => {
    const server = await startJobServer({ quotaBytes: 1_000_000 });
    await server.train('a', { epochs: 1 }, zip(700_000));
    await server.jobIn('a', 'completed');
    assert.equal(await bytesIn(server), 1_000_000, 'rounded to MB');
    assert.equal((await server.upload('b', {}, zip(200_000))).status, 200);
  });
});

describe('the number of projects of a classroom', () => {
  it('is kept; a project that is there may be sent again', async () => {
    const server = await startJobServer({ quotaProjects: 2 });
    const statuses = [];
    for (const id of ['a', 'b', 'c', 'a']) statuses.push((await server.upload(id)).status);
    assert.deepEqual(statuses, [200, 200, 507, 200]);
    const { body } = await server.upload('c');
    assert.deepEqual([body['code'], /has 2 projects/.test(String(body['reason']))], ['quota_projects', true]);
  });

  it('is kept when several new ones come at once', async () => {
    const server = await startJobServer({ quotaProjects: 2 });
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => server.upload(id)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 507, 507, 507]);
  });

  it('is of each classroom by itself', async () => {
    const keys = ['7a', '7b'].map((workspace) => ({ workspace, key: `river-candle-${workspace}` }));
    const server = await startJobServer({ quotaProjects: 1, keys });
    for (const { key } of keys) assert.equal((await jobClient(`${server.base}/w/${key}`).upload('a')).status, 200);
  });
});

describe('from 80 % on', () => {
  it('/ping, /class and the streams of who uploads say so, in both languages', async () => {
    const server = await startJobServer({ quotaProjects: 5 });
    for (const id of ['a', 'b', 'c']) await server.upload(id);
    assert.equal((await server.get('/ping')).body['notice'], undefined);
    const stream = await openStream(`${server.base}/listen`);
    await server.upload('d');
    const { data } = await stream.waitFor('notice');
    stream.close();
    assert.deepEqual([data['code'], data['projects'], data['max_projects']], ['quota_near', 4, 5]);
    assert.match(
      String((await server.get('/ping')).body['notice']),
      /little room left; it has 4 of 5 projects\. Delete/,
    );
    const thai = await fetch(`${server.base}/ping`, { headers: { 'accept-language': 'th' } });
    assert.match(((await thai.json()) as { notice: string }).notice, /เหลือที่เก็บไม่มากแล้ว มี 4 จาก 5 โปรเจกต์/);
  });

  it('a class has the figures, and without a limit none', async () => {
    const quotaIn = async (config: object, uploads: number) => {
      const server = await startJobServer(config);
      for (let n = 0; n < uploads; n += 1) await server.upload(`p${n}`);
      return ((await server.get('/class')).body as { server: { quota: object | null } }).server.quota;
    };
    const expected = { bytes: 0, max_bytes: 9_000_000, projects: 2, max_projects: 2 };
    assert.deepEqual(await quotaIn({ quotaBytes: 9_000_000, quotaProjects: 2 }, 2), { level: 'full', ...expected });
    assert.equal(await quotaIn({}, 1), null);
  });
});
