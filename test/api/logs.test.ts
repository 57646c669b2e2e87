import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

test('logs name job and project, never what is in the files', async () => {
  let log = '';
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk);
      done();
    },
  });
  const server = await startJobServer({ logLevel: 'trace' }, { logTo });
  const zip = {
    labels: ['TopSecret', 'Other'],
    name: 'a name of a pupil',
    members: { 'dataset/TopSecret/me.jpg': 'face of a pupil' },
  };
  const done = await server.train('p-noise', { script: 'noise', epochs: 1 }, zip);
  const failed = await server.train('p-exit', { script: 'exit_three' }, zip);
  await server.jobIn('p-noise', 'completed');
  await server.jobIn('p-exit', 'failed');
  await server.uploadZip('p-noise', Buffer.from('face of a pupil, but no zip'));
  const ended = () =>
    log
      .split('\n')
      .filter((line) => line.includes('"job ended"'))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .map(({ job, project, state }) => [job, project, state]);
  await until(() => ended().length === 2, 60_000, 'the lines of both ends');
  assert.deepEqual(ended(), [
    [done.body['job_id'], 'p-noise', 'completed'],
    [failed.body['job_id'], 'p-exit', 'failed'],
  ]);
  for (const text of ['face of a pupil', 'a name of a pupil', 'TopSecret', 'me.jpg', 'Downloading'])
    assert.ok(!log.includes(text), text);
});
