import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { smallDisk } from '../helpers/small-disk.ts';

const MB = 1_048_576;

it('a training that fills the disk fails with a sentence, and the old model stays', async (t) => {
  const disk = await smallDisk(MB);
  if (disk === undefined) return t.skip('this user may not mount a small disk');
  const server = await startJobServer({ projectsDir: disk });
  await server.train('p', { epochs: 1, mark: 'old' });
  await server.jobIn('p', 'completed');
  const stream = await openStream(`${server.base}/listen`);
  const { body } = await server.train('p', { script: 'flood', count: 30_000, mark: 'new' });
  const job = await server.jobIn('p', 'failed');
  assert.deepEqual([job.id, job.code], [body.job_id, 'disk_full']);
  assert.match((await stream.waitFor('error')).data.msg, /disk of the server is full/);
  assert.match(readFileSync(join(disk, 'p', 'output', 'model.pth'), 'utf8'), /of old/);
  const onDisk = JSON.parse(readFileSync(join(disk, 'p', 'jobs', job.id, 'job.json'), 'utf8')) as { state: string };
  assert.equal(onDisk.state, 'failed', 'a restart does not try it again');
  assert.equal((await server.get('/ping')).body.stage, 3);
  stream.close();
});
