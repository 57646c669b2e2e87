import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { READY_PROCESSES } from '../helpers/processes.ts';
import { type RealServer, STEP_MS, startRealServer } from '../helpers/real-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject } from '../helpers/tone-project.ts';

const LONG = { modelType: 'voice-cnn', epochs: 1000 };

test('a real training that is killed, cancelled, and ended with its server', async (t) => {
  const projects = await tempDir();
  const server = await startRealServer(projects);
  t.after(() => server.end('SIGKILL'));
  const zip = await makeToneProject('p', { low: 300, high: 2000 }, 4, 0.5);

  await t.test('kill -9 of the child: a sentence, and the server goes on', async () => {
    const { id } = await trainingSince(server, zip);
    process.kill(server.pidOf('p', id) ?? assert.fail('no process is noted'), 'SIGKILL');
    const job = await server.jobOf('p', 'failed');
    assert.deepEqual([job.id, job.code], [id, 'child_crashed']);
    assert.match(job.reason ?? '', /SIGKILL.*memory.*try a smaller batch_size/);
    assert.equal((await server.get('/ping')).body['stage'], 0);
  });

  await t.test('cancel: its processes are gone with the answer, and the project is usable at once', async () => {
    const { id } = await trainingSince(server, zip);
    assert.equal((await server.get('/ping')).body['stage'], 2);
    const pid = server.pidOf('p', id);
    assert.deepEqual((await server.get('/terminate?project_id=p')).body, { result: 'OK' });
    assert.ok(pid !== undefined && !server.children().includes(pid));
    assert.ok(server.children().length <= READY_PROCESSES, 'only what is ready for the next job');
    assert.equal((await server.get('/ping')).body['stage'], 0);
  });

  // That the next one goes on from the last epoch: test/soak/stop.soak.ts.
  await t.test('SIGTERM: the server ends in order, and its processes with it', async () => {
    const { id } = await trainingSince(server, zip);
    assert.equal(await server.end('SIGTERM'), 0, 'not ended the hard way after 9.5 s');
    assert.deepEqual(server.children(), []);
    const job = JSON.parse(readFileSync(join(projects, 'p', 'jobs', id, 'job.json'), 'utf8')) as object;
    assert.equal('stopped' in job && job.stopped, true, 'the job was stopped, and not left as it was');
  });
});

/** Press Train and wait for the end of its first epoch. */
async function trainingSince(server: RealServer, zip: Buffer): Promise<{ readonly id: string }> {
  const stream = await server.listen();
  const id = await server.press('p', zip, LONG);
  await stream.waitFor('epoch_end', STEP_MS);
  stream.close();
  return { id };
}
